//! [`TracedBody`]: a streamed response body inside the span.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError, FileStretch, SendFile};

use super::traced::Traced;

#[derive(Debug)]
pub(super) struct TracedBody {
    body: Body,
    traced: Box<Traced>,
    sent: u64,
    /// What the body or the head says. Whoever sends so many bytes need not ask for the end.
    length: Option<u64>,
}

impl TracedBody {
    pub(super) fn new(body: Body, headers: &HeaderMap, traced: Box<Traced>) -> Self {
        let declared = || headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
        let length = body.size_hint().exact().or_else(declared);
        Self { body, traced, sent: 0, length }
    }
}

impl HttpBody for TracedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Self { body, traced, sent, .. } = &mut *self;
        let frame = ready!(traced.inside(|| Pin::new(body).poll_frame(cx)));
        match &frame {
            Some(Ok(frame)) => *sent += frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(error)) => traced.break_off(error),
            None => traced.finish(*sent),
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

impl SendFile for TracedBody {
    fn next_stretch(mut self: Pin<&mut Self>, most: u64) -> Option<FileStretch> {
        let Self { body, traced, sent, .. } = &mut *self;
        let stretch = traced.inside(|| body.next_stretch(most))?;
        *sent += stretch.length;
        Some(stretch)
    }
}

impl Drop for TracedBody {
    fn drop(&mut self) {
        if self.length == Some(self.sent) || self.body.is_end_stream() {
            self.traced.finish(self.sent);
        }
        let body = std::mem::take(&mut self.body);
        self.traced.drop_inside(|| drop(body));
    }
}
