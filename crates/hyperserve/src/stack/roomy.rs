//! Room for the fields that the layers add to a response, made at once.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyperserve_core::{Request, Response};
use hyperserve_server::App;
use pin_project_lite::pin_project;
use tower_service::Service;

/// What the named stacks add, and some more. A map grows by doubling, and hashes all of its names anew each time.
const FIELDS: usize = 16;

/// The innermost place: a service whose responses have room.
#[derive(Clone, Debug)]
pub(super) struct Roomy<S> {
    inner: S,
}

impl<S> Roomy<S> {
    pub(super) const fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S: App> Service<Request> for Roomy<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = RoomyFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        RoomyFuture { answer: self.inner.call(request) }
    }
}

pin_project! {
    /// The answer of a [`Roomy`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct RoomyFuture<F> {
        #[pin]
        answer: F,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for RoomyFuture<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(self.project().answer.poll(cx)?);
        response.headers_mut().reserve(FIELDS);
        Poll::Ready(Ok(response))
    }
}
