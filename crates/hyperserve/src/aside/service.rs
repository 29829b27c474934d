//! What such a listener answers.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::StatusCode;
use hyperserve_core::{IntoResponse, Problem, Request, Response};
use hyperserve_middleware::health::Health;
use hyperserve_server::App;

use super::Purpose;

/// Probes and metrics, as far as the address is for them.
#[derive(Clone, Debug)]
pub(super) struct Service<M> {
    purpose: Purpose,
    health: Health,
    metrics: M,
}

impl<M> Service<M> {
    pub(super) const fn new(purpose: Purpose, health: Health, metrics: M) -> Self {
        Self { purpose, health, metrics }
    }
}

/// What asks here asks now and then, so an allocation does not matter.
type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<M: App> tower_service::Service<Request> for Service<M> {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Answer {
        let path = request.uri().path();
        // A slash at the end is no other resource: neither probes nor scrapers follow redirects.
        if self.purpose.metrics && path.strip_suffix('/').unwrap_or(path) == "/metrics" {
            answered(self.metrics.clone(), request)
        } else if self.purpose.probes {
            answered(self.health.clone(), request)
        } else {
            Box::pin(async { Ok(Problem::new(StatusCode::NOT_FOUND).into_response()) })
        }
    }
}

fn answered<A: App>(mut app: A, request: Request) -> Answer {
    Box::pin(async move {
        poll_fn(|cx| app.poll_ready(cx)).await?;
        app.call(request).await
    })
}
