//! [`RateLimitService`]: charges a request before the service sees it.

use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Request, Response};
use tower_service::Service;

use crate::future::RateLimitFuture;
use crate::rules::Rules;
use crate::{Check, RequestHead};

/// The service that [`RateLimitLayer`](crate::RateLimitLayer) makes.
#[derive(Debug)]
pub struct RateLimitService<S> {
    inner: S,
    rules: Shared,
}

/// The rules behind two counters of references: a service's clones have the inner one in common, and each has an outer one
/// for its requests, so that workers do not write to one place in memory for every request.
pub(crate) type Shared = Arc<Arc<Rules>>;

impl<S> RateLimitService<S> {
    pub(crate) fn new(inner: S, rules: Arc<Rules>) -> Self {
        Self { inner, rules: Arc::new(rules) }
    }
}

impl<S: Clone> Clone for RateLimitService<S> {
    fn clone(&self) -> Self {
        let rules: &Arc<Rules> = &self.rules;
        Self::new(self.inner.clone(), Arc::clone(rules))
    }
}

impl<S, B> Service<Request<B>> for RateLimitService<S>
where
    S: Service<Request<B>, Response = Response<Body>> + Clone,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = RateLimitFuture<S::Future, S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some((check, charged)) = self.rules.charge(&RequestHead::of(&request)) else {
            return RateLimitFuture::unlimited(self.inner.call(request));
        };
        let verdict = match check {
            Check::Now(verdict) => verdict,
            Check::Later(check) => {
                // The one that is ready goes along; a clone takes its place.
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                return RateLimitFuture::waiting(check, ready, request, Arc::clone(&self.rules), charged);
            }
        };
        match self.rules.refusal(&verdict) {
            Some(refusal) => RateLimitFuture::refused(refusal),
            None => {
                let rules = Arc::clone(&self.rules);
                RateLimitFuture::passed(self.inner.call(request), rules, verdict, charged)
            }
        }
    }
}
