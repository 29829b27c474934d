//! [`CacheFuture`]: an answer from the store, from the service, or from what another request fetches.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Method;
use hyperserve_core::{Request, Response};
use pin_project_lite::pin_project;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep};
use tower_service::Service;

use super::background::fetch_on_its_own;
use super::call::Call;
use super::fetch::{After, Fetch};
use super::flight::Landing;
use super::label::{Forward, Outcome};
use super::plan::{Plan, alone, directives, plan};
use super::reuse::Reuse;
use super::store::Shared;
use super::stored::Stored;

pin_project! {
    /// The future of a [`CacheService`](super::CacheService).
    #[must_use = "futures do nothing unless polled"]
    pub struct CacheFuture<S>
    where
        S: Service<Request>,
    {
        #[pin]
        state: State<S>,
    }
}

pin_project! {
    #[project = Projection]
    enum State<S>
    where
        S: Service<Request>,
    {
        Answer { response: Option<Response> },
        Pass { #[pin] call: Call<S>, after: After },
        Fetch { #[pin] call: Call<S>, fetch: Option<Box<Fetch>> },
        Wait { waiting: Option<Box<Waiting<S>>> },
    }
}

/// A request that waits for what another one fetches.
struct Waiting<S> {
    shared: Arc<Shared>,
    service: S,
    request: Request,
    landing: oneshot::Receiver<Landing>,
    why: Forward,
    too_long: Pin<Box<Sleep>>,
}

impl<S: Service<Request>> CacheFuture<S> {
    pub(super) const fn answer(response: Response) -> Self {
        Self { state: State::Answer { response: Some(response) } }
    }

    pub(super) const fn pass(future: S::Future, after: After) -> Self {
        Self { state: State::Pass { call: Call::called(future), after } }
    }

    pub(super) const fn fetch(future: S::Future, fetch: Box<Fetch>) -> Self {
        Self { state: State::Fetch { call: Call::called(future), fetch: Some(fetch) } }
    }

    pub(super) fn fetch_when_ready(service: S, request: Request, fetch: Box<Fetch>) -> Self {
        Self { state: State::Fetch { call: Call::when_ready(service, request), fetch: Some(fetch) } }
    }

    pub(super) fn wait(
        shared: Arc<Shared>,
        service: S,
        request: Request,
        landing: oneshot::Receiver<Landing>,
        why: Forward,
    ) -> Self {
        let too_long = Box::pin(sleep(shared.config.wait));
        let waiting = Waiting { shared, service, request, landing, why, too_long };
        Self { state: State::Wait { waiting: Some(Box::new(waiting)) } }
    }
}

impl<S> Future for CacheFuture<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Output = Result<Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let waiting = match state.as_mut().project() {
                Projection::Answer { response } => {
                    return response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
                }
                Projection::Pass { call, after } => {
                    let mut response = ready!(call.poll(cx))?;
                    after.apply(&mut response);
                    return Poll::Ready(Ok(response));
                }
                Projection::Fetch { call, fetch } => {
                    let answer = ready!(call.poll(cx));
                    return Poll::Ready(settled(fetch.take(), answer));
                }
                Projection::Wait { waiting } => waiting,
            };
            let Some(now_waiting) = waiting else { return Poll::Pending };
            let landed = ready!(now_waiting.poll_landing(cx));
            if let Some(waited) = waiting.take() {
                state.set(waited.go_on(&landed));
            }
        }
    }
}

fn settled<E>(fetch: Option<Box<Fetch>>, answer: Result<Response, E>) -> Result<Response, E> {
    match (fetch, answer) {
        (Some(fetch), Ok(response)) => Ok(fetch.settle(response)),
        (Some(mut fetch), Err(error)) => fetch.cover().ok_or(error),
        (None, answer) => answer,
    }
}

/// How a wait ended.
enum Landed {
    There(Landing),
    /// The one who fetched left or failed.
    Lost,
    TooLong,
}

impl<S> Waiting<S> {
    fn poll_landing(&mut self, cx: &mut Context<'_>) -> Poll<Landed> {
        if let Poll::Ready(landing) = Pin::new(&mut self.landing).poll(cx) {
            return Poll::Ready(landing.map_or(Landed::Lost, Landed::There));
        }
        self.too_long.as_mut().poll(cx).map(|()| Landed::TooLong)
    }

    /// The stored response, if it is for this request and may answer.
    fn answer(&self, landing: &Landing) -> Option<Response> {
        let (stored, now) = (landing.stored()?, Instant::now());
        let asked = self.request.headers();
        let directives = directives(&self.shared, &self.request);
        let outcome = match landing {
            Landing::Failed(_) => stored.covers_failure(&directives, now).then_some(Outcome::Covered),
            _ => match stored.reuse(&directives, now) {
                Reuse::Answer | Reuse::AnswerAndFetch => Some(Outcome::Collapsed),
                Reuse::Stale | Reuse::Unwanted => None,
            },
        }?;
        if !stored.nominated().matches(asked) {
            return None;
        }
        let label = self.shared.labels.forward(self.why, outcome);
        Some(stored.answer_with(asked, self.request.method() == Method::HEAD, label, now))
    }
}

impl Landing {
    const fn stored(&self) -> Option<&Arc<Stored>> {
        match self {
            Self::Stored(stored) | Self::Failed(stored) => Some(stored),
            Self::Pass => None,
        }
    }
}

impl<S> Waiting<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    fn go_on(self, landed: &Landed) -> State<S> {
        let answer = if let Landed::There(landing) = landed { self.answer(landing) } else { None };
        if answer.is_some() {
            return State::Answer { response: answer };
        }
        let Self { shared, service, request, too_long, .. } = self;
        let plan = match landed {
            Landed::Lost => plan(&shared, request),
            Landed::There(_) | Landed::TooLong => alone(&shared, request),
        };
        match plan {
            Plan::Answer(response) => State::Answer { response: Some(response) },
            Plan::AnswerAndFetch(response, request, fetch) => {
                fetch_on_its_own(service, request, fetch);
                State::Answer { response: Some(response) }
            }
            Plan::Pass(request, after) => State::Pass { call: Call::when_ready(service, request), after },
            Plan::Fetch(request, fetch) => {
                State::Fetch { call: Call::when_ready(service, request), fetch: Some(fetch) }
            }
            Plan::Wait(request, landing, why) => {
                // The time that was waited counts.
                State::Wait {
                    waiting: Some(Box::new(Self { shared, service, request, landing, why, too_long })),
                }
            }
        }
    }
}

impl<S: Service<Request>> fmt::Debug for CacheFuture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheFuture").finish_non_exhaustive()
    }
}
