//! Where the application is asked: on the connection's own thread, or on another.

use super::offload::{Remote, Reply};
use crate::asgi::{Answer, Application};
use hyperserve_core::{Body, Request, Response};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

#[derive(Clone, Debug)]
pub(super) enum Place {
    Here(Application),
    There(Remote),
}

impl Service<Request<Body>> for Place {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Placed;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Both always are.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Placed {
        match self {
            Self::Here(application) => Placed::Here { answer: application.call(request) },
            Self::There(remote) => Placed::There { reply: remote.call(request) },
        }
    }
}

pin_project! {
    /// The answer, wherever it is made.
    #[project = PlacedProj]
    #[must_use = "futures do nothing unless polled"]
    pub(super) enum Placed {
        Here { #[pin] answer: Answer },
        There { #[pin] reply: Reply },
    }
}

impl Future for Placed {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            PlacedProj::Here { answer } => answer.poll(cx),
            PlacedProj::There { reply } => reply.poll(cx),
        }
    }
}
