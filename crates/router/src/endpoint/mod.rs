//! What stands at the end of a route once types are forgotten: one dynamic call a request, one box a future.

mod detached;
mod limited;
mod mounted;
mod service;
mod spare;
mod step;

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Body as HttpBody;
use hyperserve_core::{Body, BoxError, Request, Response};
use tower_service::Service;

pub(crate) use self::mounted::mounted;
pub(crate) use self::service::from_service;
pub use self::service::{RouteLayer, RouteService};
pub(crate) use self::step::Step;

/// Answers a request; shared by all workers, so it holds no state of one request.
pub(crate) trait Endpoint: Send + Sync {
    fn call(&self, request: Request) -> EndpointFuture;
}

/// What a layer of a route wraps: the rest of the way to the handler, as a tower service that is always ready.
///
/// It takes any body, so layers that change the request's body fit.
#[derive(Clone)]
pub struct Route {
    endpoint: Arc<dyn Endpoint>,
}

impl Route {
    pub(crate) fn new(endpoint: impl Endpoint + 'static) -> Self {
        Self { endpoint: Arc::new(endpoint) }
    }

    pub(crate) fn answer(&self, request: Request) -> EndpointFuture {
        self.endpoint.call(request)
    }
}

impl<B> Service<Request<B>> for Route
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> RouteFuture {
        RouteFuture { inner: self.answer(request.map(Body::new)) }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").finish_non_exhaustive()
    }
}

/// The future of an endpoint.
pub(crate) enum EndpointFuture {
    /// Boxed, since few requests are answered at once and every future would have room for it.
    Ready(Option<Box<Response>>),
    Boxed(Pin<Box<dyn Future<Output = Response> + Send>>),
}

impl EndpointFuture {
    pub(crate) fn ready(response: Response) -> Self {
        Self::Ready(Some(Box::new(response)))
    }

    pub(crate) fn boxed(future: impl Future<Output = Response> + Send + 'static) -> Self {
        Self::Boxed(Box::pin(future))
    }
}

impl Future for EndpointFuture {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        match &mut *self {
            Self::Ready(response) => response.take().map_or(Poll::Pending, |response| Poll::Ready(*response)),
            Self::Boxed(future) => future.as_mut().poll(cx),
        }
    }
}

/// The future of a [`Route`].
#[must_use = "futures do nothing unless polled"]
pub struct RouteFuture {
    inner: EndpointFuture,
}

impl Future for RouteFuture {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.inner).poll(cx).map(Ok)
    }
}

impl fmt::Debug for RouteFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteFuture").finish_non_exhaustive()
    }
}
