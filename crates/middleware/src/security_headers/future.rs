//! [`SecurityHeadersFuture`]: the service's response, with headers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;

use super::CspNonce;
use super::policy::Policy;
use crate::counted::Counted;

pin_project! {
    /// The future of a [`SecurityHeadersService`](super::SecurityHeadersService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SecurityHeadersFuture<F> {
        #[pin]
        inner: F,
        then: Option<Then>,
    }
}

/// What is known of the request when its response comes.
#[derive(Debug)]
pub(super) struct Then {
    pub(super) policy: Counted<Policy>,
    pub(super) hsts: bool,
    pub(super) nonce: Option<CspNonce>,
}

impl<F> SecurityHeadersFuture<F> {
    pub(super) const fn new(inner: F, then: Option<Then>) -> Self {
        Self { inner, then }
    }
}

impl<F, E> Future for SecurityHeadersFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = std::task::ready!(this.inner.poll(cx)?);
        if let Some(then) = this.then.take() {
            then.policy.add_to(&mut response, then.hsts, then.nonce);
        }
        Poll::Ready(Ok(response))
    }
}
