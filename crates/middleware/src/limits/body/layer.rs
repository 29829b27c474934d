//! [`BodyLimitLayer`], its service and its handle.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use http_body::Body as _;
use hyperserve_core::{Body, BodyError, IntoResponse as _, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::BodyLimitFuture;
use super::limited::LimitedBody;
use crate::limits::LimitsError;

/// Bounds the bytes of a request's body, whatever reads it.
#[derive(Clone, Debug)]
#[must_use]
pub struct BodyLimitLayer {
    limit: u64,
    refused: Arc<AtomicU64>,
}

impl BodyLimitLayer {
    /// Lets bodies of so many bytes through.
    ///
    /// # Errors
    ///
    /// [`LimitsError`] for 0, which would refuse every body.
    pub fn try_new(bytes: u64) -> Result<Self, LimitsError> {
        if bytes == 0 {
            let text = "a body limit of 0 bytes refuses every body; leave the layer out to have no limit";
            return Err(LimitsError::new(text));
        }
        Ok(Self { limit: bytes, refused: Arc::default() })
    }

    /// Where the refusals of this layer and its clones are counted.
    #[must_use]
    pub fn handle(&self) -> BodyLimitHandle {
        BodyLimitHandle { limit: self.limit, refused: Arc::clone(&self.refused) }
    }
}

/// Reads what a [`BodyLimitLayer`] has counted.
#[derive(Clone, Debug)]
pub struct BodyLimitHandle {
    limit: u64,
    refused: Arc<AtomicU64>,
}

impl BodyLimitHandle {
    /// The bytes that a body may have.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// Bodies that were too large, announced or found to be.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl<S> Layer<S> for BodyLimitLayer {
    type Service = BodyLimitService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        BodyLimitService { inner, limit: self.limit, refused: Arc::clone(&self.refused) }
    }
}

/// The service that [`BodyLimitLayer`] makes.
#[derive(Clone, Debug)]
pub struct BodyLimitService<S> {
    inner: S,
    limit: u64,
    refused: Arc<AtomicU64>,
}

impl<S> Service<Request<Body>> for BodyLimitService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BodyLimitFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let length = request.body().size_hint();
        if length.lower() > self.limit {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return BodyLimitFuture::refused(BodyError::too_large(self.limit).into_response());
        }
        // The bytes of a known length are that many: the connection sees to it (RFC 9112 §6.3, RFC 9113 §8.1.1).
        if length.exact().is_some() {
            return BodyLimitFuture::within(self.inner.call(request));
        }
        let body = std::mem::take(request.body_mut());
        let (limited, exceeded) = LimitedBody::new(body, self.limit, &self.refused);
        *request.body_mut() = Body::new(limited);
        BodyLimitFuture::watched(self.inner.call(request), exceeded)
    }
}
