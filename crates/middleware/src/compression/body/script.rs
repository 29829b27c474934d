//! A body that does what it is told.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body as HttpBody, Frame};

#[derive(Clone, Debug)]
pub(in super::super) enum Step {
    Data(&'static str),
    Block(Bytes),
    /// Not ready, once; the waker is woken at once.
    Wait,
    Trailers,
    Fail,
}

pub(in super::super) struct Script {
    steps: VecDeque<Step>,
}

impl Script {
    pub(in super::super) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}

impl HttpBody for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.steps.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Data(text)) => Poll::Ready(Some(Ok(Frame::data(text.into())))),
            Some(Step::Block(block)) => Poll::Ready(Some(Ok(Frame::data(block)))),
            Some(Step::Wait) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Step::Trailers) => {
                let sum = (HeaderName::from_static("x-sum"), HeaderValue::from_static("7"));
                Poll::Ready(Some(Ok(Frame::trailers(HeaderMap::from_iter([sum])))))
            }
            Some(Step::Fail) => Poll::Ready(Some(Err(io::Error::other("broken")))),
        }
    }
}
