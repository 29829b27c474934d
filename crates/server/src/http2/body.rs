//! An HTTP/2 request body with the deadline that the guard keeps for HTTP/1.

use super::check::has_edge_space;
use crate::conn::{Deadline, Rate, Scope, current_pace, now};
use bytes::Bytes;
use http::Version;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyperserve_core::{Body, BoxError};
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Fails when the peer sends nothing for `body_idle_timeout` while the body is read.
#[derive(Debug)]
pub(super) struct TimedBody {
    /// Ends in an error when the peer cuts it (`RST_STREAM(NO_ERROR)` ends hyper's quietly).
    incoming: Body,
    scope: Arc<Scope>,
    deadline: Deadline,
    rate: Rate,
}

impl TimedBody {
    pub(super) fn new(incoming: Incoming, scope: Arc<Scope>) -> Self {
        let incoming = Body::from_incoming(incoming, Version::HTTP_2);
        Self { incoming, deadline: Deadline::new(Arc::clone(&scope)), scope, rate: Rate::default() }
    }
}

impl http_body::Body for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        match Pin::new(&mut this.incoming).poll_frame(cx) {
            Poll::Ready(frame) => {
                this.deadline.clear();
                let bytes =
                    frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
                this.rate.progress(now(), bytes);
                let trailers = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.trailers_ref());
                if trailers.is_some_and(has_edge_space) {
                    return malformed();
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending if this.deadline.is_due() => {
                this.scope.metrics.body_timed_out();
                Poll::Ready(Some(Err(Error::new(ErrorKind::TimedOut, "no request body in time").into())))
            }
            Poll::Pending => {
                if !this.deadline.is_armed() {
                    let limits = &this.scope.limits;
                    let (idle, whole) = (limits.body_idle_timeout, limits.body_timeout);
                    let allowed = this.rate.wait_for_whole(now(), idle, limits.body_min_rate, whole);
                    this.deadline.arm(allowed.unwrap_or_default(), cx.waker());
                }
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// A malformed request's stream is reset (RFC 9113 §8.1.1), unless another task than the stream's reads the body, which
/// then hears of it.
fn malformed() -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
    match current_pace() {
        Some(pace) => {
            pace.reset();
            Poll::Pending
        }
        None => {
            let error = Error::new(ErrorKind::InvalidData, "a trailer field starts or ends with white space");
            Poll::Ready(Some(Err(error.into())))
        }
    }
}
