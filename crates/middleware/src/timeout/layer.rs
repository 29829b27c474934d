//! [`TimeoutLayer`], its service and its handle.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::TimeoutFuture;
use super::settings::{Counters, Settings, TimeoutStatus};
use crate::Paths;
use crate::counted::Counted;

/// Bounds the time that a service takes for its responses and their bodies. A duration of zero switches its bound off.
#[derive(Clone, Debug)]
#[must_use]
pub struct TimeoutLayer {
    pub(super) settings: Arc<Settings>,
}

impl TimeoutLayer {
    /// 30 s for the response, no bounds for its body.
    pub fn new() -> Self {
        Self { settings: Arc::new(Settings::new()) }
    }

    fn set(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(Arc::make_mut(&mut self.settings));
        self
    }

    /// Sets the time from the call to the response. 30 s by default.
    pub fn with_head(self, timeout: Duration) -> Self {
        self.set(|settings| settings.head = timeout)
    }

    /// Sets how long the server waits for the next part of a streamed body. Off by default.
    pub fn with_body_idle(self, timeout: Duration) -> Self {
        self.set(|settings| settings.body_idle = timeout)
    }

    /// Sets the time from the response to the end of its streamed body. Off by default.
    pub fn with_body_total(self, timeout: Duration) -> Self {
        self.set(|settings| settings.body_total = timeout)
    }

    /// Sets what is answered when there is no response in time. 503 by default.
    pub fn with_status(self, status: TimeoutStatus) -> Self {
        self.set(|settings| settings.status = status)
    }

    /// Sets the `Retry-After` of that answer, in whole seconds, rounded up; none for zero. 5 s by default.
    pub fn with_retry_after(self, after: Duration) -> Self {
        self.set(|settings| settings.retry_after = after)
    }

    /// Sets the paths that are not timed. None by default.
    pub fn with_exempt(self, paths: Paths) -> Self {
        self.set(|settings| settings.exempt = paths)
    }

    /// Where the timeouts of this layer and its clones are counted.
    #[must_use]
    pub fn handle(&self) -> TimeoutHandle {
        TimeoutHandle { counters: Arc::clone(&self.settings.counters) }
    }
}

impl Default for TimeoutLayer {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads what a [`TimeoutLayer`] has counted.
#[derive(Clone, Debug)]
pub struct TimeoutHandle {
    counters: Arc<Counters>,
}

impl TimeoutHandle {
    /// Requests that had no response in time.
    #[must_use]
    pub fn timeouts(&self) -> u64 {
        self.counters.timeouts.load(Ordering::Relaxed)
    }

    /// Response bodies that were broken off.
    #[must_use]
    pub fn broken_bodies(&self) -> u64 {
        self.counters.broken.load(Ordering::Relaxed)
    }
}

impl<S> Layer<S> for TimeoutLayer {
    type Service = TimeoutService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TimeoutService { inner, settings: Counted::new(Arc::clone(&self.settings)) }
    }
}

/// The service that [`TimeoutLayer`] makes.
#[derive(Debug)]
pub struct TimeoutService<S> {
    inner: S,
    settings: Counted<Settings>,
}

impl<S: Clone> Clone for TimeoutService<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), settings: self.settings.again() }
    }
}

impl<S, B> Service<Request<B>> for TimeoutService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = TimeoutFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let settings = self.settings.times(request.uri().path()).then(|| self.settings.clone());
        TimeoutFuture::new(self.inner.call(request), settings)
    }
}
