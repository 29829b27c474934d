//! The application, with the access log round it if there is one.

use super::place::{Place, Placed};
use hyperserve_core::{Body, Request, Response};
use hyperserve_middleware::access_log::{AccessLog, AccessLogFuture, AccessLogLayer, AccessLogService};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_layer::Layer;

/// One type for both, so that the server is compiled once.
#[derive(Clone, Debug)]
pub(super) enum Service {
    Plain(Place),
    Logged(AccessLogService<Place>),
}

impl Service {
    pub(super) fn new(place: Place, log: Option<&AccessLog>) -> Self {
        match log {
            Some(log) => Self::Logged(AccessLogLayer::new(log.clone()).layer(place)),
            None => Self::Plain(place),
        }
    }
}

impl tower_service::Service<Request<Body>> for Service {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match self {
            Self::Plain(place) => place.poll_ready(cx),
            Self::Logged(logged) => logged.poll_ready(cx),
        }
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        match self {
            Self::Plain(place) => Answering::Plain { answer: place.call(request) },
            Self::Logged(logged) => Answering::Logged { answer: logged.call(request) },
        }
    }
}

pin_project! {
    /// The answer to one request.
    #[project = AnsweringProj]
    #[must_use = "futures do nothing unless polled"]
    pub(super) enum Answering {
        Plain { #[pin] answer: Placed },
        Logged { #[pin] answer: AccessLogFuture<Placed> },
    }
}

impl Future for Answering {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            AnsweringProj::Plain { answer } => answer.poll(cx),
            AnsweringProj::Logged { answer } => answer.poll(cx),
        }
    }
}
