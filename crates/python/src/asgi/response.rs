//! A response whose body comes while it is sent.

use super::cycle::Cycle;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyperserve_core::BoxError;
use pyo3::Py;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The frames that the application sends. The connection may be on another thread than Python.
pub(super) struct Streamed {
    /// Until it is dropped.
    cycle: Option<Py<Cycle>>,
    ended: bool,
}

impl Streamed {
    pub(super) fn new(cycle: Py<Cycle>) -> Self {
        Self { cycle: Some(cycle), ended: false }
    }

    fn cycle(&self) -> Option<&Cycle> {
        self.cycle.as_ref().map(Py::get)
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = self.cycle().map_or(Poll::Ready(None), |cycle| cycle.poll_frame(cx));
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.ended = true;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.cycle().is_none_or(Cycle::is_drained)
    }

    fn size_hint(&self) -> SizeHint {
        self.cycle().and_then(Cycle::left).map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        let Some(cycle) = self.cycle.take() else { return };
        let is_cut = !self.ended && !cycle.get().is_drained();
        // The object goes back to Python's thread with the news.
        let bridge = cycle.get().bridge();
        bridge.at_home(move || {
            if is_cut {
                cycle.get().disconnected();
            }
        });
    }
}
