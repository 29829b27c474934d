//! [`RateLimitFuture`]: a refusal, or the service's response with what remains of the quotas.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyperserve_core::{Body, Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::rules::Charged;
use crate::service::Shared;
use crate::{Check, Verdict};

type Asked = Pin<Box<dyn Future<Output = Verdict> + Send>>;

pin_project! {
    /// The future of a [`RateLimitService`](crate::RateLimitService).
    #[must_use = "futures do nothing unless polled"]
    pub struct RateLimitFuture<F, S, B> {
        #[pin]
        state: State<F, S, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, S, B> {
        // Boxed, so that the future of a request that passes is not as large as a response.
        Refused { refusal: Option<Box<Response<Body>>> },
        // A store over the network is asked first.
        Waiting { waiting: Option<Box<Waiting<S, B>>> },
        Answering { #[pin] inner: F, passed: Option<Passed> },
        // A store over the network is told what the request cost.
        Settling { settling: Option<Box<Settling>> },
    }
}

/// A request that has to wait for its verdict.
struct Waiting<S, B> {
    check: Asked,
    service: S,
    request: Request<B>,
    rules: Shared,
    charged: Charged,
}

/// What is to do once a request that passed has its response.
struct Passed {
    rules: Shared,
    verdict: Verdict,
    charged: Charged,
}

struct Settling {
    check: Asked,
    response: Response<Body>,
    passed: Passed,
}

impl<F, S, B> RateLimitFuture<F, S, B> {
    const fn new(state: State<F, S, B>) -> Self {
        Self { state }
    }

    pub(crate) const fn unlimited(inner: F) -> Self {
        Self::new(State::Answering { inner, passed: None })
    }

    pub(crate) fn refused(refusal: Response<Body>) -> Self {
        Self::new(State::Refused { refusal: Some(Box::new(refusal)) })
    }

    pub(crate) const fn passed(inner: F, rules: Shared, verdict: Verdict, charged: Charged) -> Self {
        Self::new(State::Answering { inner, passed: Some(Passed { rules, verdict, charged }) })
    }

    pub(crate) fn waiting(
        check: Asked,
        service: S,
        request: Request<B>,
        rules: Shared,
        charged: Charged,
    ) -> Self {
        let waiting = Waiting { check, service, request, rules, charged };
        Self::new(State::Waiting { waiting: Some(Box::new(waiting)) })
    }
}

impl<F, S, B, E> Future for RateLimitFuture<F, S, B>
where
    F: Future<Output = Result<Response<Body>, E>>,
    S: Service<Request<B>, Response = Response<Body>, Error = E, Future = F>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let mut state = self.as_mut().project().state;
            let next = match state.as_mut().project() {
                StateProjection::Refused { refusal } => match refusal.take() {
                    Some(refusal) => return Poll::Ready(Ok(*refusal)),
                    None => return Poll::Pending,
                },
                StateProjection::Waiting { waiting } => match ready!(judged(waiting, cx)) {
                    Some(next) => next,
                    None => return Poll::Pending,
                },
                StateProjection::Answering { inner, passed } => {
                    let response = ready!(inner.poll(cx))?;
                    match passed.take() {
                        None => return Poll::Ready(Ok(response)),
                        Some(passed) => match passed.finish(response) {
                            Ok(response) => return Poll::Ready(Ok(response)),
                            Err(settling) => State::Settling { settling: Some(settling) },
                        },
                    }
                }
                StateProjection::Settling { settling } => return settled(settling, cx).map(Ok),
            };
            state.set(next);
        }
    }
}

/// What follows the verdict of a store; nothing if the future was polled after its end.
fn judged<F, S, B, E>(
    slot: &mut Option<Box<Waiting<S, B>>>,
    cx: &mut Context<'_>,
) -> Poll<Option<State<F, S, B>>>
where
    S: Service<Request<B>, Response = Response<Body>, Error = E, Future = F>,
{
    let Some(waiting) = slot else { return Poll::Ready(None) };
    let verdict = ready!(waiting.check.as_mut().poll(cx));
    let Some(waiting) = slot.take() else { return Poll::Ready(None) };
    let Waiting { mut service, request, rules, charged, .. } = *waiting;
    Poll::Ready(Some(match rules.refusal(&verdict) {
        Some(refusal) => State::Refused { refusal: Some(Box::new(refusal)) },
        None => State::Answering {
            inner: service.call(request),
            passed: Some(Passed { rules, verdict, charged }),
        },
    }))
}

fn settled(slot: &mut Option<Box<Settling>>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
    let Some(settling) = slot else { return Poll::Pending };
    let verdict = ready!(settling.check.as_mut().poll(cx));
    match slot.take() {
        Some(settling) => Poll::Ready(settling.passed.told(settling.response, Some(verdict))),
        None => Poll::Pending,
    }
}

impl Passed {
    /// Charges what the response says, and tells what remains.
    fn finish(mut self, mut response: Response<Body>) -> Result<Response<Body>, Box<Settling>> {
        match self.rules.settle(&mut response, &mut self.charged) {
            None => Ok(self.told(response, None)),
            Some(Check::Now(verdict)) => Ok(self.told(response, Some(verdict))),
            Some(Check::Later(check)) => Err(Box::new(Settling { check, response, passed: self })),
        }
    }

    fn told(&self, mut response: Response<Body>, settled: Option<Verdict>) -> Response<Body> {
        // A store that could not be asked knows nothing newer.
        let verdict = settled.filter(Verdict::is_allowed).unwrap_or(self.verdict);
        self.rules.tell(&mut response, &verdict);
        response
    }
}

impl<F, S, B> std::fmt::Debug for RateLimitFuture<F, S, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match &self.state {
            State::Refused { .. } => "refused",
            State::Waiting { .. } => "waiting for the store",
            State::Answering { .. } => "answering",
            State::Settling { .. } => "settling the cost",
        };
        f.debug_struct("RateLimitFuture").field("state", &state).finish_non_exhaustive()
    }
}
