//! [`ChaosFuture`]: the service's answer, or a failure, late if it is to be.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::StatusCode;
use hyperserve_core::{Body, IntoResponse as _, Problem, Response};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

use super::body::ChaosBody;
use super::faults::{Faults, X_CHAOS};

pin_project! {
    /// The future of a [`ChaosService`](super::ChaosService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ChaosFuture<F> {
        #[pin]
        answer: Answer<F>,
        faults: Option<Faults>,
        late: Option<Pin<Box<Sleep>>>,
    }
}

pin_project! {
    #[project = AnswerProjection]
    #[derive(Debug)]
    enum Answer<F> {
        Service { #[pin] future: F },
        Panic,
        There { response: Option<Response<Body>> },
    }
}

impl<F> ChaosFuture<F> {
    pub(super) const fn untouched(future: F) -> Self {
        Self { answer: Answer::Service { future }, faults: None, late: None }
    }

    pub(super) const fn touched(future: F, faults: Faults) -> Self {
        Self { answer: Answer::Service { future }, faults: Some(faults), late: None }
    }

    pub(super) fn failing(status: StatusCode, faults: Faults) -> Self {
        let response = Some(failure(status, &faults));
        Self { answer: Answer::There { response }, faults: Some(faults), late: None }
    }

    pub(super) const fn panicking(faults: Faults) -> Self {
        Self { answer: Answer::Panic, faults: Some(faults), late: None }
    }
}

impl<F, E> Future for ChaosFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let AnswerProjection::Service { future } = this.answer.as_mut().project() {
            let response = ready!(future.poll(cx))?;
            let Some(faults) = this.faults else { return Poll::Ready(Ok(response)) };
            // The service is done while its answer is held back, as it would be behind a slow network.
            let response = Some(broken(response, faults));
            this.answer.set(Answer::There { response });
        }
        if let Some(late) = this.faults.as_mut().and_then(|faults| faults.latency.take()) {
            *this.late = Some(Box::pin(sleep(late)));
        }
        if let Some(late) = this.late {
            ready!(late.as_mut().poll(cx));
        }
        *this.late = None;
        match this.answer.as_mut().project() {
            AnswerProjection::There { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            AnswerProjection::Panic => panic_on_purpose(),
            AnswerProjection::Service { .. } => Poll::Pending,
        }
    }
}

#[expect(clippy::panic, reason = "that is what was asked for")]
fn panic_on_purpose() -> ! {
    panic!("chaos: a panic on purpose")
}

fn failure(status: StatusCode, faults: &Faults) -> Response<Body> {
    let problem = Problem::new(status).with_detail("This failure is on purpose.");
    let mut response = problem.into_response();
    if let Some(label) = faults.label() {
        response.headers_mut().insert(X_CHAOS, label);
    }
    response
}

fn broken(mut response: Response<Body>, faults: &Faults) -> Response<Body> {
    if let Some(label) = faults.label() {
        response.headers_mut().insert(X_CHAOS, label);
    }
    if faults.throttle.is_some() || faults.abort.is_some() {
        let body = std::mem::take(response.body_mut());
        *response.body_mut() = Body::new(ChaosBody::new(body, faults.throttle, faults.abort));
    }
    response
}
