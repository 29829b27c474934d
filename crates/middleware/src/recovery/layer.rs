//! [`RecoveryLayer`], its service and its handle.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::RecoveryFuture;
use super::hook;
use super::report::PanicReport;
use super::watch::{Shared, Watch};
use crate::counted::Counted;

/// Answers with a 500 problem in the place of a service that panics, and logs the panic.
///
/// Put it inside of what logs, counts and traces requests, so that these see the 500, and outside of everything else.
#[derive(Clone, Debug)]
#[must_use]
pub struct RecoveryLayer {
    shared: Arc<Shared>,
}

impl RecoveryLayer {
    /// A layer that logs panics with backtraces.
    ///
    /// The first one puts a hook in front of the process's panic hook, see the [module](super).
    pub fn new() -> Self {
        hook::install();
        let shared = Shared { backtraces: true, on_panic: None, panics: Arc::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Sets whether backtraces are taken and logged. They are by default, whatever `RUST_BACKTRACE` says.
    pub fn with_backtrace(mut self, backtrace: bool) -> Self {
        Arc::make_mut(&mut self.shared).backtraces = backtrace;
        self
    }

    /// Sets what is called with every panic once it is logged: for error trackers and alarms.
    ///
    /// It runs on the request's thread, so it should not wait. Should it panic itself, that is caught.
    pub fn with_on_panic(mut self, on_panic: impl Fn(&PanicReport<'_>) + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.shared).on_panic = Some(Arc::new(on_panic));
        self
    }

    /// Where the panics under this layer and its clones are counted.
    #[must_use]
    pub fn handle(&self) -> RecoveryHandle {
        RecoveryHandle { panics: Arc::clone(&self.shared.panics) }
    }
}

impl Default for RecoveryLayer {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads what a [`RecoveryLayer`] has counted.
#[derive(Clone, Debug)]
pub struct RecoveryHandle {
    panics: Arc<AtomicU64>,
}

impl RecoveryHandle {
    /// Panics that were caught.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}

impl<S> Layer<S> for RecoveryLayer {
    type Service = RecoveryService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RecoveryService { inner, shared: Counted::new(Arc::clone(&self.shared)) }
    }
}

/// The service that [`RecoveryLayer`] makes.
#[derive(Debug)]
pub struct RecoveryService<S> {
    inner: S,
    shared: Counted<Shared>,
}

impl<S: Clone> Clone for RecoveryService<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), shared: self.shared.again() }
    }
}

impl<S, B> Service<Request<B>> for RecoveryService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = RecoveryFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let watch = Watch::new(&self.shared, &request);
        RecoveryFuture::new(watch, || self.inner.call(request))
    }
}
