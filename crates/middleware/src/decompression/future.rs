//! [`DecompressionFuture`]: the handler's response, or the refusal.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::StatusCode;
use hyperserve_core::{Body, IntoResponse as _, Response};
use pin_project_lite::pin_project;

use super::meter::Meter;

pin_project! {
    /// The future of a [`DecompressionService`](super::DecompressionService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct DecompressionFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = StateProj]
    enum State<F> {
        Called { #[pin] inner: F, meter: Option<Arc<Meter>> },
        Refused { response: Option<Box<Response<Body>>> },
    }
}

impl<F> DecompressionFuture<F> {
    pub(super) const fn called(inner: F, meter: Option<Arc<Meter>>) -> Self {
        Self { state: State::Called { inner, meter } }
    }

    pub(super) const fn refused(response: Box<Response<Body>>) -> Self {
        Self { state: State::Refused { response: Some(response) } }
    }
}

impl<F, E> Future for DecompressionFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Called { inner, meter } => {
                let mut answer = ready!(inner.poll(cx));
                if let (Ok(response), Some(meter)) = (&mut answer, meter) {
                    explain(response, meter);
                }
                Poll::Ready(answer)
            }
            StateProj::Refused { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(*response)))
            }
        }
    }
}

/// Puts the reason in the place of what a handler made of a body that could not be decoded. One that knows what to do
/// without the body, and says so by another status, is believed.
fn explain(response: &mut Response<Body>, meter: &Meter) {
    let follows = response.status().is_server_error()
        || [StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNPROCESSABLE_ENTITY]
            .contains(&response.status());
    if let Some(fault) = meter.fault().filter(|_| follows) {
        *response = fault.problem().into_response();
    }
}
