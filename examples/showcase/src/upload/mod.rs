//! Part: uploads that stream. A piece is hashed as it comes and let go of; nothing is kept.

use std::time::Instant;

use hyperserve::prelude::*;
use hyperserve::router::Rejection;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Showcase;
use crate::part::{Part, source};

pub(crate) const PART: Part = Part {
    name: "upload",
    link: "Uploads",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[source!("upload/mod.rs")],
};

/// The most bytes of one request, where other routes take 2 MiB.
const LIMIT: usize = 64 * 1024 * 1024;

pub(crate) fn routes() -> Router<Showcase> {
    Router::new().route("/api/upload", post(receive).body_limit(LIMIT))
}

#[derive(Debug, Serialize)]
struct Receipt {
    files: Vec<Received>,
}

#[derive(Debug, Serialize)]
struct Received {
    /// What the client calls the file; never a path to write to.
    name: Option<String>,
    bytes: usize,
    pieces: usize,
    sha256: String,
    seconds: f64,
}

async fn receive(mut body: Multipart) -> Result<Json<Receipt>, Rejection> {
    let mut files = Vec::new();
    while let Some(field) = body.next_field().await? {
        files.push(consume(field).await?);
    }
    Ok(Json(Receipt { files }))
}

async fn consume(mut field: Field<'_>) -> Result<Received, Rejection> {
    let started = Instant::now();
    let name = field.file_name().map(str::to_owned);
    let (mut bytes, mut pieces, mut hash) = (0, 0, Sha256::new());
    while let Some(piece) = field.chunk().await? {
        bytes += piece.len();
        pieces += 1;
        hash.update(&piece);
    }
    let sha256 = format!("{:x}", hash.finalize());
    Ok(Received { name, bytes, pieces, sha256, seconds: started.elapsed().as_secs_f64() })
}

#[cfg(test)]
mod tests;
