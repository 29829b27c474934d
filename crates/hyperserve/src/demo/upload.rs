//! `POST /api/upload`: a body of any size, counted as it comes and not kept.

use std::time::Instant;

use http_body_util::BodyExt;
use hyperserve_core::{Body, BodyError, Response};
use serde_json::json;

use super::echo::json_response;

/// Reads the body to its end and says how much came, how fast, and in how many blocks.
///
/// The limit `body_limit` is about bodies that are collected; this one never is, so only `body_idle_timeout` bounds it.
pub(super) async fn answer(body: Body) -> Result<Response, BodyError> {
    let started = Instant::now();
    let (bytes, blocks) = count(body).await?;
    let seconds = started.elapsed().as_secs_f64();
    let rate = if seconds > 0.0 { bytes as f64 / seconds } else { 0.0 };
    Ok(json_response(&json!({
        "bytes": bytes,
        "blocks": blocks,
        "seconds": seconds,
        "bytes_per_second": rate.round(),
    })))
}

async fn count(mut body: Body) -> Result<(u64, u64), BodyError> {
    let (mut bytes, mut blocks) = (0, 0);
    while let Some(frame) = body.frame().await {
        // Frames of other kinds are trailers.
        if let Some(data) = frame?.data_ref() {
            bytes += data.len() as u64;
            blocks += 1;
        }
    }
    Ok((bytes, blocks))
}
