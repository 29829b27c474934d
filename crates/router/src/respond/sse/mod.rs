//! Server-sent events: [`Sse`] answers with a stream of [`Event`]s (WHATWG HTML §9.2).

mod body;
mod event;
mod keep_alive;
mod lines;

use std::fmt;

use futures_core::Stream;
use http::{HeaderName, HeaderValue, header};
use hyperserve_core::{Body, BoxError, EndsOnShutdown, IntoResponse, Response, Shutdown};

use self::body::EventBytes;

pub use self::event::Event;
pub use self::keep_alive::KeepAlive;

/// A stream of events as the response, for the browser's `EventSource` and its like.
///
/// Events are sent as they come, and a comment every 15 seconds while none does ([`KeepAlive`]). When the server
/// shuts down the stream ends as it should, and so it does when the stream it was made of is over. In both cases an
/// `EventSource` reconnects, with the id of the last event in `Last-Event-ID`: take it with [`LastEventId`] and go on
/// from there. To end it for good, answer that request with 204. An error from the stream cuts the connection, and
/// is told to whoever serves the body, not to the client.
///
/// The answer is `text/event-stream`, is kept out of caches (`cache-control: no-cache`), and asks buffering proxies
/// to pass it on at once (`x-accel-buffering: no`).
///
/// ```
/// use std::{convert::Infallible, pin::Pin, task::{Context, Poll}};
/// use hyperserve_core::IntoResponse;
/// use hyperserve_router::{Event, Sse};
///
/// struct Countdown(u8);
///
/// impl futures_core::Stream for Countdown {
///     type Item = Result<Event, Infallible>;
///
///     fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
///         let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
///         self.0 = left;
///         Poll::Ready(Some(Ok(Event::new().data(left.to_string()))))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let response = Sse::new(Countdown(2)).into_response();
/// assert_eq!(response.headers()["content-type"], "text/event-stream");
/// assert_eq!(response.into_body().collect(100).await.unwrap(), "data: 1\n\ndata: 0\n\n");
/// # }
/// ```
///
/// [`LastEventId`]: crate::LastEventId
#[derive(Clone)]
#[must_use]
pub struct Sse<S> {
    events: S,
    keep_alive: Option<KeepAlive>,
    shutdown: Option<Shutdown>,
}

impl<S> Sse<S> {
    /// Answers with the events of `events`.
    pub const fn new<E>(events: S) -> Self
    where
        S: Stream<Item = Result<Event, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self { events, keep_alive: Some(KeepAlive::new()), shutdown: None }
    }

    /// Sets how the stream is kept alive while it is quiet.
    pub fn with_keep_alive(mut self, keep_alive: KeepAlive) -> Self {
        self.keep_alive = Some(keep_alive);
        self
    }

    /// Sends nothing while the stream is quiet: for streams that are never quiet for long.
    pub fn without_keep_alive(mut self) -> Self {
        self.keep_alive = None;
        self
    }

    /// Ends the stream when `shutdown` is announced. Not needed under HyperServe's own server, which ends it anyway.
    pub fn with_shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = Some(shutdown);
        self
    }
}

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
];

impl<S, E> IntoResponse for Sse<S>
where
    S: Stream<Item = Result<Event, E>> + Send + 'static,
    E: Into<BoxError> + 'static,
{
    fn into_response(self) -> Response {
        let body = Body::from_stream(EventBytes::new(self.events, self.keep_alive));
        let body = match self.shutdown {
            Some(shutdown) => body.until(shutdown),
            None => body,
        };
        let mut response = Response::new(body);
        response.headers_mut().extend(HEADERS);
        response.extensions_mut().insert(EndsOnShutdown);
        response
    }
}

impl<S> fmt::Debug for Sse<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sse")
            .field("keep_alive", &self.keep_alive)
            .field("shutdown", &self.shutdown)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
