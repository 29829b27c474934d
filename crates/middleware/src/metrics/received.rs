//! [`ReceivedBody`]: a request body that counts what is read of it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError};

use super::catalog::Series;
use super::handle::Counter;

#[derive(Debug)]
pub(super) struct ReceivedBody {
    body: Body,
    counter: Counter,
    series: Series,
    bytes: u64,
}

impl ReceivedBody {
    pub(super) const fn new(body: Body, counter: Counter, series: Series) -> Self {
        Self { body, counter, series, bytes: 0 }
    }
}

impl HttpBody for ReceivedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
        self.bytes += data.map_or(0, |data| data.len() as u64);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for ReceivedBody {
    fn drop(&mut self) {
        self.counter.received(self.series, self.bytes);
    }
}
