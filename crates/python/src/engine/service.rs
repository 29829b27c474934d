//! The application, within the layers that the configuration asks for.

use super::place::{Place, Placed};
use hyperserve::stack::{Stack, Stacked, StackedFuture};
use hyperserve_core::{Body, Request, Response};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service as Called;

/// One type for both, so that the server is compiled once; without a layer a request meets none of their places.
#[derive(Clone, Debug)]
pub(super) enum Service {
    Plain(Place),
    Layered(Stacked),
}

impl Service {
    pub(super) fn new(place: Place, stack: &Stack) -> Self {
        if stack.is_empty() { Self::Plain(place) } else { Self::Layered(stack.layer(place)) }
    }
}

impl Called<Request<Body>> for Service {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match self {
            Self::Plain(place) => place.poll_ready(cx),
            Self::Layered(layered) => layered.poll_ready(cx),
        }
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        match self {
            Self::Plain(place) => Answering::Plain { answer: place.call(request) },
            Self::Layered(layered) => Answering::Layered { answer: layered.call(request) },
        }
    }
}

pin_project! {
    /// The answer to one request.
    #[project = AnsweringProj]
    #[must_use = "futures do nothing unless polled"]
    pub(super) enum Answering {
        Plain { #[pin] answer: Placed },
        Layered { answer: StackedFuture },
    }
}

impl Future for Answering {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            AnsweringProj::Plain { answer } => answer.poll(cx),
            AnsweringProj::Layered { answer } => Pin::new(answer).poll(cx),
        }
    }
}
