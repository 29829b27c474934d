//! A streamed response body that holds its request's place until its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError, FileStretch, Response, SendFile};

use super::gate::Place;

#[derive(Debug)]
pub(super) struct HeldBody {
    body: Body,
    place: Option<Place>,
}

impl HeldBody {
    /// A body that is whole is no more work; its place is free with the head.
    pub(super) fn hold(mut response: Response, place: Option<Place>) -> Response {
        if place.is_some() && response.body().as_bytes().is_none() {
            let body = std::mem::take(response.body_mut());
            *response.body_mut() = Body::of_file(Self { body, place });
        }
        response
    }
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) || self.body.is_end_stream() {
            self.place = None;
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

impl SendFile for HeldBody {
    fn next_stretch(mut self: Pin<&mut Self>, most: u64) -> Option<FileStretch> {
        self.body.next_stretch(most)
    }
}
