//! [`SecurityHeadersLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::authority::Host;
use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::Then;
use super::policy::Policy;
use super::{CspNonce, SecurityHeadersFuture};
use crate::counted::Counted;
use crate::{Paths, asked};

/// Adds the headers by which a service asks browsers to protect its users. Made by
/// [`SecurityHeaders::build`](super::SecurityHeaders::build).
///
/// Put it outside of what answers by itself, so that refusals have the headers as well.
#[derive(Clone, Debug)]
#[must_use]
pub struct SecurityHeadersLayer {
    policy: Arc<Policy>,
}

impl SecurityHeadersLayer {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy: Arc::new(policy) }
    }

    /// Sets the paths that it is for; by default all. So pages and an API can have a layer each.
    pub fn with_paths(mut self, paths: Paths) -> Self {
        Arc::make_mut(&mut self.policy).paths = paths;
        self
    }
}

impl<S> Layer<S> for SecurityHeadersLayer {
    type Service = SecurityHeadersService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SecurityHeadersService { inner, policy: Counted::new(Arc::clone(&self.policy)) }
    }
}

/// The service that [`SecurityHeadersLayer`] makes.
#[derive(Debug)]
pub struct SecurityHeadersService<S> {
    inner: S,
    policy: Counted<Policy>,
}

impl<S: Clone> Clone for SecurityHeadersService<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), policy: self.policy.again() }
    }
}

impl<S> SecurityHeadersService<S> {
    /// Takes from the request what its response depends on, and gives it the nonce.
    fn prepare<B>(&self, request: &mut Request<B>) -> Option<Then> {
        if !self.policy.paths.matches(request.uri().path()) {
            return None;
        }
        let hsts = self.policy.has_hsts() && wants_hsts(request);
        let nonce = if self.policy.has_nonce() { CspNonce::random() } else { None };
        if let Some(nonce) = nonce {
            request.extensions_mut().insert(nonce);
        }
        Some(Then { policy: self.policy.clone(), hsts, nonce })
    }
}

/// Over TLS (RFC 6797 §7.2), and to a host that is not every developer's own.
fn wants_hsts<B>(request: &Request<B>) -> bool {
    let client = asked::client(request);
    if !client.is_secure() {
        return false;
    }
    let host = client.host().or_else(|| asked::own_authority(request)).and_then(Host::parse);
    host.is_none_or(|host| !host.is_loopback())
}

impl<S, B> Service<Request<B>> for SecurityHeadersService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = SecurityHeadersFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let then = self.prepare(&mut request);
        SecurityHeadersFuture::new(self.inner.call(request), then)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
