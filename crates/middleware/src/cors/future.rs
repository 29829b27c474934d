//! [`CorsFuture`]: a preflight's answer, or the service's with what lets the page read it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderValue};
use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;

use super::policy::{Policy, vary_by_origin};
use crate::counted::Counted;
use crate::early::Early;

pin_project! {
    /// The future of a [`CorsService`](super::CorsService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct CorsFuture<F> {
        #[pin]
        early: Early<F>,
        then: Then,
    }
}

/// What is added to the response.
#[derive(Debug)]
pub(super) enum Then {
    Nothing,
    /// It would be another for another origin.
    Vary,
    Grant(Counted<Policy>, HeaderValue),
}

impl Then {
    fn add(&mut self, headers: &mut HeaderMap) {
        match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => {}
            Self::Vary => vary_by_origin(headers),
            Self::Grant(policy, grant) => policy.decorate(headers, grant),
        }
    }
}

impl<F> CorsFuture<F> {
    pub(super) fn answered(response: Response) -> Self {
        Self { early: Early::answered(response), then: Then::Nothing }
    }

    pub(super) const fn inner(inner: F, then: Then) -> Self {
        Self { early: Early::inner(inner), then }
    }
}

impl<F, E> Future for CorsFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = std::task::ready!(this.early.poll(cx)?);
        this.then.add(response.headers_mut());
        Poll::Ready(Ok(response))
    }
}
