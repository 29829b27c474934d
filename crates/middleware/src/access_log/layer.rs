//! [`AccessLogLayer`] and its service.

use std::task::{Context, Poll};

use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::AccessLog;
use super::future::AccessLogFuture;
use super::log::Attached;
use super::record::Record;

/// Writes a line to an [`AccessLog`] for every request.
///
/// Put it outermost, so that it sees what the client sees.
#[derive(Clone, Debug)]
#[must_use]
pub struct AccessLogLayer {
    log: AccessLog,
}

impl AccessLogLayer {
    /// A layer that writes to this log.
    pub const fn new(log: AccessLog) -> Self {
        Self { log }
    }
}

impl<S> Layer<S> for AccessLogLayer {
    type Service = AccessLogService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AccessLogService { inner, log: self.log.attach() }
    }
}

/// The service that [`AccessLogLayer`] makes.
#[derive(Debug)]
pub struct AccessLogService<S> {
    inner: S,
    log: Attached,
}

/// A server clones its service for each connection; each clone counts its requests' references by itself.
impl<S: Clone> Clone for AccessLogService<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), log: self.log.again() }
    }
}

impl<S, B> Service<Request<B>> for AccessLogService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = AccessLogFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let log = self.log.log();
        let record = log.wants(request.uri().path()).then(|| Record::of(&request, log));
        AccessLogFuture::new(&self.log, record, || self.inner.call(request))
    }
}
