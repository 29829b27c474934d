//! Any tower service as an endpoint, and any tower layer as a step from endpoint to endpoint.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::StatusCode;
use http_body::Body as HttpBody;
use hyperserve_core::{Body, BoxError, IntoResponse, Problem, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::spare::Spare;
use super::{Endpoint, EndpointFuture, Route};

/// What a service must be to answer requests of a router: `Service<Request<Body>>` with any body and any error.
///
/// Implemented for all such services; never implemented by hand. The service is cloned for each thread, and for requests that
/// have to wait until it is ready, so what clones share belongs in an [`Arc`](std::sync::Arc). An error becomes a 500 problem and
/// is logged.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot answer requests",
    label = "not a service that a router can call",
    note = "a service is a `tower::Service<http::Request<Body>, Response = http::Response<B>>` that is \
            `Clone + Send + Sync + 'static`, with an error that is `Into<Box<dyn Error + Send + Sync>>` and a future that is `Send`",
    note = "an async function is no service: use `get`, `post` or `any` instead of `get_service`, `post_service` or `any_service`"
)]
pub trait RouteService: Clone + Send + Sync + 'static {
    /// Whether the service can be called at once.
    #[doc(hidden)]
    fn can_serve(&mut self) -> bool;

    /// The answer of a service that is ready.
    #[doc(hidden)]
    fn serve_now(&mut self, request: Request) -> impl Future<Output = Response> + Send + 'static + use<Self>;

    /// The answer once the service is ready.
    #[doc(hidden)]
    fn serve(self, request: Request) -> impl Future<Output = Response> + Send + 'static;
}

impl<T, B> RouteService for T
where
    T: Service<Request, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    T::Error: Into<BoxError>,
    T::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn can_serve(&mut self) -> bool {
        // Nobody is to be woken: one that is not ready is asked again, by `serve`.
        matches!(self.poll_ready(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(())))
    }

    fn serve_now(&mut self, request: Request) -> impl Future<Output = Response> + Send + 'static + use<T, B> {
        answered(self.call(request))
    }

    async fn serve(mut self, request: Request) -> Response {
        if let Err(error) = poll_fn(|cx| self.poll_ready(cx)).await {
            return failed(error.into());
        }
        answered(self.call(request)).await
    }
}

async fn answered<F, B, E>(answer: F) -> Response
where
    F: Future<Output = Result<http::Response<B>, E>>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    E: Into<BoxError>,
{
    match answer.await {
        Ok(response) => response.map(Body::new),
        Err(error) => failed(error.into()),
    }
}

fn failed(error: BoxError) -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error).into_response()
}

struct ServiceEndpoint<T> {
    service: T,
    spare: Spare<T>,
}

impl<T: RouteService> Endpoint for ServiceEndpoint<T> {
    fn call(&self, request: Request) -> EndpointFuture {
        let mut service = self.spare.take().unwrap_or_else(|| Box::new(self.service.clone()));
        if !service.can_serve() {
            return EndpointFuture::boxed(service.serve(request));
        }
        let answer = EndpointFuture::boxed(service.serve_now(request));
        self.spare.keep(service);
        answer
    }
}

pub(crate) fn from_service(service: impl RouteService) -> Route {
    Route::new(ServiceEndpoint { service, spare: Spare::new() })
}

/// What a layer must be to wrap routes: a [`tower_layer::Layer`] over [`Route`] whose service answers requests.
///
/// Implemented for all such layers; never implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot wrap a route",
    label = "not a layer over a route",
    note = "a layer is a `tower::Layer<Route>` that is `Send + Sync + 'static`; the service that it makes must be \
            `Clone + Send + Sync + 'static`, take `http::Request<Body>` and answer `http::Response<B>`"
)]
pub trait RouteLayer: Send + Sync + 'static {
    #[doc(hidden)]
    fn wrap(&self, inner: Route) -> Route;
}

impl<L> RouteLayer for L
where
    L: Layer<Route> + Send + Sync + 'static,
    L::Service: RouteService,
{
    fn wrap(&self, inner: Route) -> Route {
        from_service(self.layer(inner))
    }
}
