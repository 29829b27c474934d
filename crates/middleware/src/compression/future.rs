//! [`CompressionFuture`]: waits for the response, and compresses it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;

use super::plan::Plan;

pin_project! {
    /// The future of a [`CompressionService`](super::CompressionService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct CompressionFuture<F> {
        #[pin]
        inner: F,
        plan: Option<Plan>,
    }
}

impl<F> CompressionFuture<F> {
    pub(super) const fn new(inner: F, plan: Option<Plan>) -> Self {
        Self { inner, plan }
    }
}

impl<F, E> Future for CompressionFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answer = ready!(this.inner.poll(cx));
        if let (Ok(response), Some(plan)) = (&mut answer, this.plan.take()) {
            plan.apply(response, cx);
        }
        Poll::Ready(answer)
    }
}
