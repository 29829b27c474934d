//! [`SentBody`]: a streamed response body that counts its request when it ends.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError, FileStretch, SendFile};

use super::future::Entry;

#[derive(Debug)]
pub(super) struct SentBody {
    body: Body,
    entry: Entry,
    bytes: u64,
}

impl SentBody {
    pub(super) const fn new(body: Body, entry: Entry) -> Self {
        Self { body, entry, bytes: 0 }
    }
}

impl HttpBody for SentBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => this.bytes += frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) | None => this.entry.finish(this.bytes),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl SendFile for SentBody {
    fn next_stretch(mut self: Pin<&mut Self>, most: u64) -> Option<FileStretch> {
        let stretch = self.body.next_stretch(most)?;
        self.bytes += stretch.length;
        Some(stretch)
    }
}

/// Whoever sends a body of known length may not ask for its end.
impl Drop for SentBody {
    fn drop(&mut self) {
        self.entry.finish(self.bytes);
    }
}
