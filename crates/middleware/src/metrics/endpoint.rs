//! [`MetricsEndpoint`]: the service that answers with the page.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{HeaderValue, Method, StatusCode, header};
use hyperserve_core::{Body, IntoResponse, Problem, Request, Response};
use tower_service::Service;

use super::handle::HttpMetrics;
use super::page::MetricsFormat;

/// Answers GET and HEAD, whatever the path, with the page of [`HttpMetrics`]: OpenMetrics 1.0 where `Accept` asks for it, else
/// the text format of Prometheus, version 0.0.4.
///
/// The page tells much about a service: mount it on a listener that only your monitoring can reach.
#[derive(Clone, Debug)]
pub struct MetricsEndpoint {
    metrics: HttpMetrics,
}

impl MetricsEndpoint {
    pub(super) const fn new(metrics: HttpMetrics) -> Self {
        Self { metrics }
    }

    fn answer<B>(&self, request: &Request<B>) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let refused = Problem::new(StatusCode::METHOD_NOT_ALLOWED);
            return refused.with_header(header::ALLOW, "GET, HEAD").into_response();
        }
        let format = MetricsFormat::negotiate(request.headers());
        let page = self.metrics.render(format);
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(page.len()));
        if request.method() == Method::GET {
            *response.body_mut() = Body::from(page);
        }
        response
    }
}

impl<B> Service<Request<B>> for MetricsEndpoint {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(&request)))
    }
}
