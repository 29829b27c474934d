//! [`Serve`]: an application on a listener and a runtime of the caller's own.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, IntoFuture, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::{Request, RequestContext, TrustedProxies};
use hyperserve_router::{RouterFuture, RouterService};
use hyperserve_server::{AnyListener, Limits, Report};
use tower_service::Service;

use super::{AppError, Built};

pub(super) type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serving that begins when it is awaited; [`App::serve`](crate::App::serve) makes it.
#[must_use = "an app is served once this is awaited"]
pub struct Serve {
    listener: AnyListener,
    prepared: Result<Prepared, AppError>,
    stop: Stop,
}

/// The routes, and what counts of the configuration.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) built: Built,
    pub(super) limits: Limits,
    pub(super) trusted: TrustedProxies,
}

impl Serve {
    pub(super) fn new(listener: AnyListener, prepared: Result<Prepared, AppError>) -> Self {
        Self { listener, prepared, stop: Box::pin(pending()) }
    }

    /// Drains once `stop` ends. Without it the application is served for as long as this is awaited.
    pub fn until(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = Box::pin(stop);
        self
    }

    /// What would be the error at once.
    #[cfg(feature = "testing")]
    pub(crate) fn fault(&self) -> Option<String> {
        self.prepared.as_ref().err().map(ToString::to_string)
    }

    async fn run(self) -> Result<Report, AppError> {
        let Prepared { built, limits, trusted } = self.prepared?;
        let service = Trusting { inner: built.router, trusted: Arc::new(trusted) };
        #[cfg(feature = "stack")]
        let serve = |stop| hyperserve_server::serve(self.listener, service, limits, stop);
        #[cfg(feature = "stack")]
        return built.operating.during(self.stop, serve).await;
        #[cfg(not(feature = "stack"))]
        Ok(hyperserve_server::serve(self.listener, service, limits, self.stop).await)
    }
}

impl IntoFuture for Serve {
    type Output = Result<Report, AppError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("listener", &self.listener)
            .field("prepared", &self.prepared)
            .finish_non_exhaustive()
    }
}

/// Tells requests whose forwarded headers count, where anybody's do.
#[derive(Clone, Debug)]
struct Trusting {
    inner: RouterService,
    trusted: Arc<TrustedProxies>,
}

impl Service<Request> for Trusting {
    type Response = hyperserve_core::Response;
    type Error = Infallible;
    type Future = RouterFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router always is.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> RouterFuture {
        if !self.trusted.is_empty() {
            let context = RequestContext::of_mut(request.extensions_mut());
            *context = context.clone().with_trusted(Arc::clone(&self.trusted));
        }
        self.inner.call(request)
    }
}
