//! The body of a chunked request as the application has it: its end is noticed.

use crate::conn::Link;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyperserve_core::{Body, BodyError};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

#[derive(Debug)]
pub(super) struct ChunkedBody {
    body: Body,
    link: Arc<Link>,
}

/// Hands a request's body on, and notes in `link` whether the application has read it to its end where that matters.
pub(super) fn noted(incoming: Incoming, link: &Arc<Link>) -> Body {
    // Of a body whose length is known hyper reads the rest in one piece.
    let is_chunked = !incoming.is_end_stream() && incoming.size_hint().exact().is_none();
    link.set_unread(is_chunked);
    let body = Body::from(incoming);
    if is_chunked { Body::new(ChunkedBody { body, link: Arc::clone(link) }) } else { body }
}

impl HttpBody for ChunkedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.link.set_unread(false);
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
