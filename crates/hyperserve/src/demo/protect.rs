//! The headers that every answer of the page has.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header;
use hyperserve_core::{IntoResponse, Problem, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

/// The page loads its own files and nothing else, and no other site may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// A problem that a browser asked for is a page whose style is written into it; it holds no script.
const PROBLEM_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protect;

impl<S> Layer<S> for Protect {
    type Service = Protected<S>;

    fn layer(&self, inner: S) -> Protected<S> {
        Protected { inner }
    }
}

/// What is protected.
#[derive(Clone, Debug)]
pub(super) struct Protected<S> {
    inner: S,
}

impl<S> Service<Request> for Protected<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let answer = self.inner.call(request);
        Box::pin(async move { answer.await.map(protect) })
    }
}

fn protect(response: Response) -> Response {
    let is_problem = response.extensions().get::<Problem>().is_some();
    let policy = if is_problem { PROBLEM_POLICY } else { POLICY };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers, response).into_response()
}
