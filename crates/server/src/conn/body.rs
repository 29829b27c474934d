//! The response body as hyper sees it: in pieces of a bounded size, with panics contained and its end noticed.

use super::link::Link;
#[cfg(feature = "http2")]
use super::pace::{self, Pace};
use super::windows::{Windows, is_window};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyperserve_core::{Body, BodyError, BoxError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// Bytes handed to hyper at once. A body that was built whole leaves in pieces, so that a peer that does not read holds
/// one piece in the connection's buffers and not the whole, and so that its reading can be watched.
const PIECE: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct ServedBody {
    /// Data in hand.
    rest: Bytes,
    /// Where more comes from.
    source: Option<Body>,
    /// HTTP/1: told when the response is over.
    link: Option<Arc<Link>>,
    /// HTTP/2: told how the peer takes the body.
    #[cfg(feature = "http2")]
    pace: Option<Arc<Pace>>,
}

impl ServedBody {
    pub(crate) fn http1(body: Body, link: Arc<Link>) -> Self {
        let mut served = Self::new(body);
        if let Some(source) = &served.source
            && let Some(windows) = link.windows()
            && source.is_of_file()
        {
            windows.begin();
        }
        served.link = Some(link);
        served
    }

    #[cfg(feature = "http2")]
    pub(crate) fn http2(body: Body) -> Self {
        let mut served = Self::new(body);
        served.pace = pace::current();
        served
    }

    fn new(mut body: Body) -> Self {
        let (rest, source) = match body.take_bytes() {
            Some(bytes) => (bytes, None),
            None => (Bytes::new(), Some(body)),
        };
        Self {
            rest,
            source,
            link: None,
            #[cfg(feature = "http2")]
            pace: None,
        }
    }

    #[cfg_attr(
        not(feature = "http2"),
        expect(clippy::unused_self, reason = "HTTP/2 alone watches its peers' pace")
    )]
    fn gave(&self) {
        #[cfg(feature = "http2")]
        if let Some(pace) = &self.pace {
            pace.gave();
        }
    }

    #[cfg_attr(
        not(feature = "http2"),
        expect(clippy::unused_self, reason = "HTTP/2 alone watches its peers' pace")
    )]
    fn waits_for_application(&self) {
        #[cfg(feature = "http2")]
        if let Some(pace) = &self.pace {
            pace.waits_for_application();
        }
    }

    fn piece(&mut self) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let piece =
            if self.rest.len() <= PIECE { std::mem::take(&mut self.rest) } else { self.rest.split_to(PIECE) };
        self.gave();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

/// What comes next: as a window, where the kernel can send it.
fn poll(
    source: &mut Body,
    windows: Option<&Arc<Windows>>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
    if let Some(windows) = windows
        && let Some(window) = ready!(windows.poll_next(source, cx))
    {
        return Poll::Ready(Some(Ok(Frame::data(window))));
    }
    http_body::Body::poll_frame(Pin::new(source), cx)
}

impl http_body::Body for ServedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if !self.rest.is_empty() {
            return self.piece();
        }
        let this = &mut *self;
        let Some(source) = &mut this.source else { return Poll::Ready(None) };
        let windows = this.link.as_deref().and_then(Link::windows).filter(|_| source.is_of_file());
        let is_whole = windows.is_some();
        let polled = catch_unwind(AssertUnwindSafe(|| poll(source, windows, cx)));
        if let Ok(Poll::Pending) = &polled {
            self.waits_for_application();
        }
        let frame = match polled {
            Ok(polled) => ready!(polled),
            Err(_) => {
                self.source = None;
                tracing::error!("a response body panicked; the connection is closed");
                return Poll::Ready(Some(Err("response body panicked".into())));
            }
        };
        match frame {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if data.is_empty() => Poll::Ready(Some(Ok(Frame::data(data)))),
                // A stretch of a file, whatever its length, is nothing that this connection holds.
                Ok(data) if is_whole && is_window(&data) => Poll::Ready(Some(Ok(Frame::data(data)))),
                Ok(data) => {
                    self.rest = data;
                    self.piece()
                }
                Err(trailers) => Poll::Ready(Some(Ok(trailers))),
            },
            Some(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a response body failed; the connection is closed"
                );
                Poll::Ready(Some(Err(error.into())))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.source.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.rest.len() as u64;
        let Some(source) = &self.source else { return SizeHint::with_exact(held) };
        let inner = source.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + held);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + held);
        }
        hint
    }
}

impl Drop for ServedBody {
    fn drop(&mut self) {
        if let Some(link) = &self.link {
            link.finish();
        }
    }
}
