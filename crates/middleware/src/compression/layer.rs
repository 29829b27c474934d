//! [`CompressionLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::config::Settings;
use super::future::CompressionFuture;
use super::plan::Plan;
use super::{CompressionConfig, CompressionError};

/// Compresses responses as the clients ask; see the [module](super) for what and how.
///
/// Put it outside whatever looks at response bodies, and inside the access log, which then logs what was sent.
#[derive(Clone, Debug)]
#[must_use]
pub struct CompressionLayer {
    settings: Arc<Settings>,
}

impl CompressionLayer {
    /// A layer of this configuration.
    ///
    /// # Errors
    ///
    /// [`CompressionError`] if no coding is offered or one twice, a level is none of its coding's, or a media type is not
    /// one or cannot be compressed.
    pub fn try_new(config: &CompressionConfig) -> Result<Self, CompressionError> {
        Ok(Self { settings: Arc::new(Settings::try_from(config)?) })
    }
}

impl<S> Layer<S> for CompressionLayer {
    type Service = CompressionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CompressionService { inner, settings: Arc::clone(&self.settings) }
    }
}

/// The service that [`CompressionLayer`] makes.
#[derive(Clone, Debug)]
pub struct CompressionService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S, B> Service<Request<B>> for CompressionService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = CompressionFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let plan = Plan::of(&self.settings, &request);
        CompressionFuture::new(self.inner.call(request), plan)
    }
}
