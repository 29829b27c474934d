//! [`RequestIdFuture`]: puts the id into the response.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderName, HeaderValue};
use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;

pin_project! {
    /// The future of a [`RequestIdService`](super::RequestIdService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct RequestIdFuture<F> {
        #[pin]
        inner: F,
        answer: Option<(HeaderName, HeaderValue)>,
    }
}

impl<F> RequestIdFuture<F> {
    pub(super) const fn new(inner: F, answer: Option<(HeaderName, HeaderValue)>) -> Self {
        Self { inner, answer }
    }
}

impl<F, E> Future for RequestIdFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        if let Some((name, value)) = this.answer.take() {
            // One that the handler has set stays.
            response.headers_mut().entry(name).or_insert(value);
        }
        Poll::Ready(Ok(response))
    }
}
