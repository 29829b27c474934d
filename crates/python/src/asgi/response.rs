//! A response whose body comes while it is sent.

use super::cycle::Cycle;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyperserve_core::BoxError;
use pyo3::Py;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The frames that the application sends.
pub(super) struct Streamed {
    cycle: Py<Cycle>,
    ended: bool,
}

impl Streamed {
    pub(super) fn new(cycle: Py<Cycle>) -> Self {
        Self { cycle, ended: false }
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = self.cycle.get().poll_frame(cx);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.ended = true;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.cycle.get().is_drained()
    }

    fn size_hint(&self) -> SizeHint {
        self.cycle.get().left().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        if !self.ended && !self.cycle.get().is_drained() {
            self.cycle.get().disconnected();
        }
    }
}
