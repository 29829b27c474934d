//! [`AuthFuture`]: waits for the check, if it must, and then for the response.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderValue, Request, header};
use hyperserve_core::{Body, IntoResponse as _, Problem, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{AuthLayer, Authenticator};

pin_project! {
    /// The future of an [`AuthService`](super::AuthService).
    #[must_use = "futures do nothing unless polled"]
    pub struct AuthFuture<S, A, B>
    where
        S: Service<Request<B>>,
        A: Authenticator,
    {
        #[pin]
        state: State<S, A, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, A, B>
    where
        S: Service<Request<B>>,
        A: Authenticator,
    {
        Refused { problem: Option<Problem> },
        Calling { #[pin] future: S::Future, private: bool },
        Checking { #[pin] check: A::Future, rest: Option<Rest<S, A, B>> },
    }
}

/// What waits for the check.
struct Rest<S, A, B> {
    service: S,
    request: Request<B>,
    layer: Arc<AuthLayer<A>>,
}

impl<S, A, B> AuthFuture<S, A, B>
where
    S: Service<Request<B>>,
    A: Authenticator,
{
    pub(super) const fn calling(future: S::Future, private: bool) -> Self {
        Self { state: State::Calling { future, private } }
    }

    pub(super) const fn refused(problem: Problem) -> Self {
        Self { state: State::Refused { problem: Some(problem) } }
    }

    pub(super) const fn checking(
        check: A::Future,
        service: S,
        request: Request<B>,
        layer: Arc<AuthLayer<A>>,
    ) -> Self {
        Self { state: State::Checking { check, rest: Some(Rest { service, request, layer }) } }
    }
}

impl<S, A, B> Future for AuthFuture<S, A, B>
where
    S: Service<Request<B>, Response = Response<Body>>,
    A: Authenticator,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Refused { problem } => {
                    let Some(problem) = problem.take() else { return Poll::Pending };
                    return Poll::Ready(Ok(problem.into_response()));
                }
                StateProjection::Calling { future, private } => {
                    let response = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(if *private { mark_private(response) } else { response }));
                }
                StateProjection::Checking { check, rest } => {
                    let outcome = ready!(check.poll(cx));
                    let Some(mut rest) = rest.take() else { return Poll::Pending };
                    match rest.layer.settle(outcome, &mut rest.request) {
                        Ok(()) => State::Calling {
                            future: rest.service.call(rest.request),
                            private: rest.layer.marks_private(),
                        },
                        Err(problem) => State::Refused { problem: Some(problem) },
                    }
                }
            };
            state.set(next);
        }
    }
}

fn mark_private(mut response: Response) -> Response {
    let entry = response.headers_mut().entry(header::CACHE_CONTROL);
    entry.or_insert(const { HeaderValue::from_static("private") });
    response
}

impl<S, A, B> fmt::Debug for AuthFuture<S, A, B>
where
    S: Service<Request<B>>,
    A: Authenticator,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Refused { .. } => "refused",
            State::Calling { .. } => "calling",
            State::Checking { .. } => "checking",
        };
        f.debug_struct("AuthFuture").field("state", &state).finish()
    }
}
