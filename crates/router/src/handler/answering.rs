//! The future of a handler: first its arguments are taken, then it runs.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyperserve_core::{IntoResponse, Response};
use pin_project_lite::pin_project;

use super::HandlerFn;

pin_project! {
    /// One step after the other in the same place: an async block would have room for both, and every request would pay for
    /// moving it.
    #[project = AnsweringProj]
    pub(super) enum Answering<T, H, F> {
        Taking { #[pin] taking: T, handler: H },
        Running { #[pin] running: F },
    }
}

impl<A, T, H> Future for Answering<T, H, H::Future>
where
    H: HandlerFn<A>,
    H::Future: Future<Output: IntoResponse>,
    T: Future<Output = Result<A, Response>>,
{
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        loop {
            let running = match self.as_mut().project() {
                AnsweringProj::Running { running } => {
                    return running.poll(cx).map(IntoResponse::into_response);
                }
                AnsweringProj::Taking { taking, handler } => match ready!(taking.poll(cx)) {
                    Ok(arguments) => handler.call(arguments),
                    Err(rejection) => return Poll::Ready(rejection),
                },
            };
            self.set(Self::Running { running });
        }
    }
}
