//! [`CacheLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::ResponseCache;
use super::background::fetch_on_its_own;
use super::future::CacheFuture;
use super::plan::{Plan, plan};

/// Answers from a [`ResponseCache`] what it may, and stores there what it may.
///
/// Put it inside what adds fields of one request (request ids, `Set-Cookie`), and outside what costs time.
#[derive(Clone, Debug)]
#[must_use]
pub struct CacheLayer {
    cache: ResponseCache,
}

impl CacheLayer {
    /// A layer with this store.
    pub const fn new(cache: ResponseCache) -> Self {
        Self { cache }
    }
}

impl<S> Layer<S> for CacheLayer {
    type Service = CacheService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CacheService { inner, cache: self.cache.clone() }
    }
}

/// The service that [`CacheLayer`] makes.
///
/// It clones the inner service for a request that waits for another, and for one that is made in the background.
#[derive(Clone, Debug)]
pub struct CacheService<S> {
    inner: S,
    cache: ResponseCache,
}

impl<S> Service<Request> for CacheService<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = CacheFuture<S>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match plan(&self.cache.shared, request) {
            Plan::Answer(response) => CacheFuture::answer(response),
            Plan::Pass(request, after) => CacheFuture::pass(self.inner.call(request), after),
            Plan::Fetch(request, fetch) => CacheFuture::fetch(self.inner.call(request), fetch),
            Plan::Wait(request, landing, why) => {
                let shared = Arc::clone(&self.cache.shared);
                CacheFuture::wait(shared, self.take_ready(), request, landing, why)
            }
            Plan::AnswerAndFetch(response, request, fetch) => {
                fetch_on_its_own(self.inner.clone(), request, fetch);
                CacheFuture::answer(response)
            }
        }
    }
}

impl<S: Clone> CacheService<S> {
    /// The service that is ready, with a clone left in its place.
    fn take_ready(&mut self) -> S {
        let clone = self.inner.clone();
        std::mem::replace(&mut self.inner, clone)
    }
}
