//! [`ConcurrencyLimitLayer`], its service and its handle.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperserve_core::{Body, Request, Response};
use tokio::sync::Semaphore;
use tower_layer::Layer;
use tower_service::Service;

use super::future::ConcurrencyLimitFuture;
use super::gate::{Admission, Gate};
use crate::Paths;
use crate::counted::Counted;
use crate::limits::LimitsError;
use crate::limits::refusal::RETRY;

/// Lets so many requests in at once. Clones share the limit, whatever else is set on them.
#[derive(Clone, Debug)]
#[must_use]
pub struct ConcurrencyLimitLayer {
    door: Arc<Door>,
}

/// A gate, and how one layer has its requests pass it.
#[derive(Clone, Debug)]
pub(super) struct Door {
    gate: Arc<Gate>,
    queue: usize,
    wait: Duration,
    pub(super) retry_after: Duration,
    exempt: Paths,
}

impl Door {
    pub(super) fn admit(&self) -> Admission {
        self.gate.admit(self.queue, self.wait)
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }
}

impl ConcurrencyLimitLayer {
    /// Lets `limit` requests in at once, and refuses the rest.
    ///
    /// # Errors
    ///
    /// [`LimitsError`] for 0, which would refuse every request, and for more than can be counted (2^61 - 1 on 64 bits).
    pub fn try_new(limit: usize) -> Result<Self, LimitsError> {
        let text = match limit {
            0 => "a limit of 0 requests at once refuses every request; leave the layer out to have no limit",
            1..=Semaphore::MAX_PERMITS => {
                let gate = Arc::new(Gate::new(limit));
                let (queue, wait) = (0, Duration::from_secs(1));
                let door = Door { gate, queue, wait, retry_after: RETRY, exempt: Paths::none() };
                return Ok(Self { door: Arc::new(door) });
            }
            _ => "so many requests at once cannot be counted; leave the layer out to have no limit",
        };
        Err(LimitsError::new(text))
    }

    fn set(mut self, set: impl FnOnce(&mut Door)) -> Self {
        set(Arc::make_mut(&mut self.door));
        self
    }

    /// Sets how many requests may wait for a place. None by default.
    ///
    /// The queue belongs to the limit: a layer refuses when as many wait already, on whichever clone.
    pub fn with_queue(self, requests: usize) -> Self {
        self.set(|door| door.queue = requests)
    }

    /// Sets how long a request waits for a place at most. 1 s by default; longer than clients wait is wasted.
    pub fn with_queue_wait(self, wait: Duration) -> Self {
        self.set(|door| door.wait = wait)
    }

    /// Sets the `Retry-After` of refusals, in whole seconds, rounded up; none for zero. 1 s by default.
    pub fn with_retry_after(self, after: Duration) -> Self {
        self.set(|door| door.retry_after = after)
    }

    /// Sets the paths that need no place: those of health checks, for one. None by default.
    pub fn with_exempt(self, paths: Paths) -> Self {
        self.set(|door| door.exempt = paths)
    }

    /// What goes on at the limit, for metrics.
    #[must_use]
    pub fn handle(&self) -> ConcurrencyLimitHandle {
        ConcurrencyLimitHandle { gate: Arc::clone(&self.door.gate) }
    }
}

/// Reads what goes on at a [`ConcurrencyLimitLayer`] and its clones.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimitHandle {
    gate: Arc<Gate>,
}

impl ConcurrencyLimitHandle {
    /// Requests that have a place.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.gate.in_flight()
    }

    /// Requests that wait for a place.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.gate.waiting()
    }

    /// Requests that were refused, at once or after they had waited.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.gate.refused()
    }

    /// How many places there are.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.gate.limit()
    }
}

impl<S> Layer<S> for ConcurrencyLimitLayer {
    type Service = ConcurrencyLimitService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConcurrencyLimitService { inner, door: Counted::new(Arc::clone(&self.door)) }
    }
}

/// The service that [`ConcurrencyLimitLayer`] makes.
#[derive(Debug)]
pub struct ConcurrencyLimitService<S> {
    inner: S,
    door: Counted<Door>,
}

impl<S: Clone> Clone for ConcurrencyLimitService<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), door: self.door.again() }
    }
}

impl<S, B> Service<Request<B>> for ConcurrencyLimitService<S>
where
    S: Service<Request<B>, Response = Response<Body>> + Clone,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ConcurrencyLimitFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.door.exempt.matches(request.uri().path()) {
            return ConcurrencyLimitFuture::running(self.inner.call(request), None);
        }
        match self.door.admit() {
            Admission::Place(place) => ConcurrencyLimitFuture::running(self.inner.call(request), Some(place)),
            Admission::Wait(waiting) => {
                // The service that is ready waits along; its clone stays behind.
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                ConcurrencyLimitFuture::waiting(ready, request, waiting, self.door.clone())
            }
            Admission::Refused => ConcurrencyLimitFuture::refused(&self.door),
        }
    }
}
