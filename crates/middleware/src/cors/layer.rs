//! [`CorsLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::Method;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::CorsFuture;
use super::future::Then;
use super::policy::Policy;
use crate::Paths;
use crate::counted::Counted;

/// Lets pages of other origins read responses. Made by [`CorsConfig::build`](super::CorsConfig::build).
///
/// Put it outside of what refuses requests (authentication, limits): a preflight carries no credentials, and a page can
/// read a refusal only if it has these headers.
#[derive(Clone, Debug)]
#[must_use]
pub struct CorsLayer {
    policy: Arc<Policy>,
}

impl CorsLayer {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy: Arc::new(policy) }
    }

    /// Sets the paths that it is for; by default all. Others are left alone: to the service, or to another layer of this kind.
    pub fn with_paths(mut self, paths: Paths) -> Self {
        Arc::make_mut(&mut self.policy).paths = paths;
        self
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = CorsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CorsService { inner, policy: Counted::new(Arc::clone(&self.policy)) }
    }
}

/// The service that [`CorsLayer`] makes.
#[derive(Debug)]
pub struct CorsService<S> {
    inner: S,
    policy: Counted<Policy>,
}

impl<S: Clone> Clone for CorsService<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), policy: self.policy.again() }
    }
}

impl<S> CorsService<S> {
    fn preflight<B>(&self, request: &Request<B>) -> Option<Response> {
        let headers = request.headers();
        let origin = headers.get(ORIGIN).filter(|_| request.method() == Method::OPTIONS)?;
        headers.get(ACCESS_CONTROL_REQUEST_METHOD).map(|_| self.policy.preflight(origin, headers))
    }

    fn then<B>(&self, request: &Request<B>) -> Then {
        match self.policy.grant(request.headers().get(ORIGIN)) {
            Some(grant) => Then::Grant(self.policy.clone(), grant),
            None => Then::Vary,
        }
    }
}

impl<S, B> Service<Request<B>> for CorsService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = CorsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !self.policy.paths.matches(request.uri().path()) {
            return CorsFuture::inner(self.inner.call(request), Then::Nothing);
        }
        if let Some(answer) = self.preflight(&request) {
            return CorsFuture::answered(answer);
        }
        let then = self.then(&request);
        CorsFuture::inner(self.inner.call(request), then)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
