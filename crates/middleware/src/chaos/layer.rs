//! [`ChaosLayer`] and its service.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use http::Request;
use hyperserve_core::{Body, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::config::{ChaosConfig, ChaosError};
use super::dice::Dice;
use super::faults::{Failure, Faults, concern};
use super::future::ChaosFuture;

/// Lets some requests meet faults.
///
/// Clones, and all services made with them, count requests together.
#[derive(Clone, Debug)]
#[must_use]
pub struct ChaosLayer {
    chaos: Arc<Chaos>,
}

#[derive(Debug)]
struct Chaos {
    config: ChaosConfig,
    seed: u64,
    requests: AtomicU64,
}

impl ChaosLayer {
    /// A layer with these faults.
    ///
    /// # Errors
    ///
    /// [`ChaosError`] when a rate is not between 0 and 1, a status is that of no error, or when this is a build without debug
    /// assertions and nobody said [`allow_in_release`](ChaosConfig::allow_in_release).
    pub fn try_new(config: ChaosConfig) -> Result<Self, ChaosError> {
        config.check(cfg!(debug_assertions))?;
        let seed = config.seed.unwrap_or_else(|| RandomState::new().hash_one(()));
        tracing::warn!(seed, "chaos: requests will meet faults on purpose");
        Ok(Self { chaos: Arc::new(Chaos { config, seed, requests: AtomicU64::new(0) }) })
    }

    /// What all drawing begins with.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.chaos.seed
    }
}

impl Chaos {
    fn draw<B>(&self, request: &Request<B>) -> Option<Faults> {
        if !concern(&self.config, request) {
            return None;
        }
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let faults = Faults::draw(&self.config, Dice::new(self.seed, number));
        (!faults.is_none()).then_some(faults)
    }
}

impl<S> Layer<S> for ChaosLayer {
    type Service = ChaosService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ChaosService { inner, chaos: Arc::clone(&self.chaos) }
    }
}

/// The service that [`ChaosLayer`] makes.
#[derive(Clone, Debug)]
pub struct ChaosService<S> {
    inner: S,
    chaos: Arc<Chaos>,
}

impl<S, B> Service<Request<B>> for ChaosService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ChaosFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(faults) = self.chaos.draw(&request) else {
            return ChaosFuture::untouched(self.inner.call(request));
        };
        faults.log(request.uri().path());
        match faults.failure {
            Some(Failure::Error(status)) => ChaosFuture::failing(status, faults),
            Some(Failure::Panic) => ChaosFuture::panicking(faults),
            None => ChaosFuture::touched(self.inner.call(request), faults),
        }
    }
}
