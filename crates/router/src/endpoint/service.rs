//! Any tower service as an endpoint, and any tower layer as a step from endpoint to endpoint.

use std::future::poll_fn;

use bytes::Bytes;
use http::StatusCode;
use http_body::Body as HttpBody;
use hyperserve_core::{Body, BoxError, IntoResponse, Problem, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{Endpoint, EndpointFuture, Route};

/// What a service must be to answer requests of a router: `Service<Request<Body>>` with any body and any error.
///
/// Implemented for all such services; never implemented by hand. The service is cloned for each request, so what clones
/// share belongs in an [`Arc`](std::sync::Arc). An error becomes a 500 problem and is logged.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot answer requests",
    label = "not a service that a router can call",
    note = "a service is a `tower::Service<http::Request<Body>, Response = http::Response<B>>` that is \
            `Clone + Send + Sync + 'static`, with an error that is `Into<Box<dyn Error + Send + Sync>>` and a future that is `Send`",
    note = "an async function is no service: use `get`, `post` or `any` instead of `get_service`, `post_service` or `any_service`"
)]
pub trait RouteService: Clone + Send + Sync + 'static {
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
    async fn serve(mut self, request: Request) -> Response {
        if let Err(error) = poll_fn(|cx| self.poll_ready(cx)).await {
            return failed(error.into());
        }
        match self.call(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => failed(error.into()),
        }
    }
}

fn failed(error: BoxError) -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error).into_response()
}

struct ServiceEndpoint<T> {
    service: T,
}

impl<T: RouteService> Endpoint for ServiceEndpoint<T> {
    fn call(&self, request: Request) -> EndpointFuture {
        EndpointFuture::boxed(self.service.clone().serve(request))
    }
}

pub(crate) fn from_service(service: impl RouteService) -> Route {
    Route::new(ServiceEndpoint { service })
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
