//! [`Serve`]: an application on a listener and a runtime of the caller's own.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, IntoFuture, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::{Request, RequestContext, TrustedProxies};
use hyperserve_router::{RouterFuture, RouterService};
use hyperserve_server::{AnyListener, Report};
use tower_service::Service;

use super::AppError;
use crate::Config;

type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serving that begins when it is awaited; [`App::serve`](crate::App::serve) makes it.
#[must_use = "an app is served once this is awaited"]
pub struct Serve {
    listener: AnyListener,
    service: Result<RouterService, AppError>,
    config: Option<Config>,
    stop: Stop,
}

impl Serve {
    pub(super) fn new(
        listener: AnyListener,
        service: Result<RouterService, AppError>,
        config: Option<Config>,
    ) -> Self {
        Self { listener, service, config, stop: Box::pin(pending()) }
    }

    /// Drains once `stop` ends. Without it the application is served for as long as this is awaited.
    pub fn until(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = Box::pin(stop);
        self
    }

    /// What would be the error at once.
    #[cfg(feature = "testing")]
    pub(crate) fn fault(&self) -> Option<String> {
        let config = || self.config.as_ref().and_then(|config| config.check().err());
        self.service
            .as_ref()
            .err()
            .map(ToString::to_string)
            .or_else(|| config().map(|error| error.to_string()))
    }

    async fn run(self) -> Result<Report, AppError> {
        let config = match self.config {
            Some(config) => config,
            None => Config::load()?,
        };
        let (limits, trusted) = (config.limits()?, Arc::new(config.trusted_proxies()));
        let service = Trusting { inner: self.service?, trusted };
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
            .field("service", &self.service)
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
