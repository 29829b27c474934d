//! Reading a whole body under a limit: a body of one block is handed over, not copied.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http_body::Body as _;

use super::{Body, BodyError};

/// A declared length is only a claim: no more than this is reserved before the bytes are there.
const MOST_RESERVED: usize = 64 * 1024;

pub(super) async fn collect(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyError::too_large(limit as u64));
    }
    let Some(first) = next_data(&mut body).await? else { return Ok(Bytes::new()) };
    within(first.len(), limit)?;
    let Some(second) = next_data(&mut body).await? else { return Ok(first) };
    within(first.len().saturating_add(second.len()), limit)?;
    let mut all = gathered(&first, &second, &body);
    while let Some(data) = next_data(&mut body).await? {
        within(all.len().saturating_add(data.len()), limit)?;
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}

fn gathered(first: &Bytes, second: &Bytes, rest: &Body) -> BytesMut {
    let expected = usize::try_from(rest.size_hint().lower()).unwrap_or(MOST_RESERVED).min(MOST_RESERVED);
    let mut all = BytesMut::with_capacity(first.len() + second.len() + expected);
    all.extend_from_slice(first);
    all.extend_from_slice(second);
    all
}

fn within(len: usize, limit: usize) -> Result<(), BodyError> {
    if len > limit { Err(BodyError::too_large(limit as u64)) } else { Ok(()) }
}

/// The next block of data that is not empty; frames of other kinds are passed over.
async fn next_data(body: &mut Body) -> Result<Option<Bytes>, BodyError> {
    loop {
        match std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
            None => return Ok(None),
            Some(frame) => match frame?.into_data() {
                Ok(data) if !data.is_empty() => return Ok(Some(data)),
                Ok(_) | Err(_) => {}
            },
        }
    }
}
