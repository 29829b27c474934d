//! What a server says when it refuses a WebSocket.

use super::ConnectError;
use super::deadline::Deadline;
use bytes::{Bytes, BytesMut};
use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::time::Duration;

/// The bytes of the body that are kept.
const MAX_BODY: usize = 16 * 1024;
/// The time that reading them may take: the status is known, and is worth more than the rest of a slow page.
const MAX_TIME: Duration = Duration::from_secs(5);

/// The error that tells of the answer, once as much of its body as is wanted was read.
pub(super) async fn read(answer: Response<Incoming>, deadline: Deadline) -> ConnectError {
    let (parts, mut body) = answer.into_parts();
    let mut kept = BytesMut::new();
    // A body that is late or cut is no failure here: what has come is told.
    _ = deadline.within(MAX_TIME).bound(fill(&mut kept, &mut body)).await;
    ConnectError::Refused(Box::new(Response::from_parts(parts, kept.freeze())))
}

async fn fill(kept: &mut BytesMut, body: &mut Incoming) -> Result<(), ConnectError> {
    while kept.len() < MAX_BODY {
        let Some(frame) = body.frame().await.transpose()? else { break };
        let data: Bytes = frame.into_data().unwrap_or_default();
        kept.extend_from_slice(&data[..data.len().min(MAX_BODY - kept.len())]);
    }
    Ok(())
}
