//! The future of one request.

use super::bridge::{Admission, Bridge};
use super::cycle::{Cycle, Start};
use super::finish::Finish;
use super::incoming::Incoming;
use super::scope::{self, Template};
use crate::task::{Begun, begin};
use http::header::{EXPECT, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use hyperserve_core::{Body, BodyError, IntoResponse, Problem, Request, RequestContext, Response};
use pyo3::prelude::*;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Asks the application, and ends with its response.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Answer {
    state: State,
}

enum State {
    Overloaded,
    /// The application could not be called.
    Failed,
    /// The body is too large, as announced.
    Refused(BodyError),
    /// The application has not been called.
    New(Box<New>),
    /// The response is to come.
    Running {
        cycle: Py<Cycle>,
        _admission: Admission,
    },
    Over,
}

struct New {
    bridge: Arc<Bridge>,
    template: Template,
    admission: Admission,
    parts: Parts,
    incoming: Incoming,
    /// The body has been asked once, and had nothing yet.
    asked: bool,
}

impl Answer {
    pub(super) fn overloaded() -> Self {
        Self { state: State::Overloaded }
    }

    pub(super) fn new(
        bridge: &Arc<Bridge>,
        template: &Template,
        admission: Admission,
        request: Request<Body>,
    ) -> Self {
        let (parts, body) = request.into_parts();
        let limit = RequestContext::of(&parts.extensions).map_or(usize::MAX, RequestContext::body_limit);
        let incoming = Incoming::new(body, limit);
        if incoming.is_too_large() {
            return Self { state: State::Refused(BodyError::too_large(limit as u64)) };
        }
        if incoming.is_open() {
            let template = template.clone();
            let bridge = Arc::clone(bridge);
            let new = New { bridge, template, admission, parts, incoming, asked: false };
            return Self { state: State::New(Box::new(new)) };
        }
        // Without a body there is nothing to wait for.
        Self { state: Python::attach(|py| start(py, bridge, template, admission, parts, incoming)) }
    }
}

impl Future for Answer {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::New(new) = &mut self.state {
            if new.awaits_body(cx) {
                return Poll::Pending;
            }
            let State::New(new) = std::mem::replace(&mut self.state, State::Over) else {
                return Poll::Pending;
            };
            let New { bridge, template, admission, parts, incoming, .. } = *new;
            self.state = Python::attach(|py| start(py, &bridge, &template, admission, parts, incoming));
        }
        match &mut self.state {
            State::Running { cycle, .. } => match cycle.get().poll_response(cycle, cx) {
                Poll::Ready(response) => {
                    self.state = State::Over;
                    Poll::Ready(Ok(response))
                }
                Poll::Pending => Poll::Pending,
            },
            State::Overloaded => Poll::Ready(Ok(overloaded())),
            State::Refused(_) => {
                let State::Refused(error) = std::mem::replace(&mut self.state, State::Over) else {
                    return Poll::Pending;
                };
                Poll::Ready(Ok(error.into_response()))
            }
            State::Failed => {
                self.state = State::Over;
                Poll::Ready(Ok(Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()))
            }
            State::New(_) | State::Over => Poll::Pending,
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let State::Running { cycle, .. } = &self.state {
            cycle.get().disconnected();
        }
    }
}

impl New {
    /// A body that is on its way is waited for, a moment: with its first piece there, `receive` is immediate. The client
    /// of `Expect: 100-continue` sends nothing before the application asks.
    fn awaits_body(&mut self, cx: &mut Context<'_>) -> bool {
        if self.asked || self.parts.headers.contains_key(EXPECT) || !self.incoming.prefetch(cx) {
            return false;
        }
        self.asked = true;
        // The connection reads the body in this very pass; if there is none, the application is called all the same.
        cx.waker().wake_by_ref();
        true
    }
}

/// Calls the application and runs its first step.
fn start(
    py: Python<'_>,
    bridge: &Arc<Bridge>,
    template: &Template,
    admission: Admission,
    parts: Parts,
    incoming: Incoming,
) -> State {
    match try_start(py, bridge, template, parts, incoming) {
        Ok(cycle) => State::Running { cycle, _admission: admission },
        Err(error) => {
            bridge.log_exception(py, &error);
            State::Failed
        }
    }
}

fn try_start(
    py: Python<'_>,
    bridge: &Arc<Bridge>,
    template: &Template,
    mut parts: Parts,
    incoming: Incoming,
) -> PyResult<Py<Cycle>> {
    let scope = scope::build(py, bridge, template, &parts)?;
    let fields = std::mem::take(&mut parts.headers);
    let context = parts.extensions.remove::<RequestContext>();
    let start = Start { bridge: Arc::clone(bridge), context, incoming, fields, method: parts.method };
    let exchange = template.exchange(py, start)?;
    let cycle = exchange.cycle.get();
    let call = || {
        let (receive, send) = exchange.methods(py);
        bridge.application.bind(py).call1((scope, receive, send))
    };
    let end = |task: &Bound<'_, PyAny>| {
        cycle.keep_task(task);
        Box::new(Finish::new(exchange.cycle.clone_ref(py), cycle.hold())) as _
    };
    match begin(py, &bridge.environment, call, end)? {
        Begun::Suspended => {}
        Begun::Ended(outcome) => cycle.finished(py, outcome),
    }
    Ok(exchange.cycle)
}

fn overloaded() -> Response<Body> {
    let mut answer = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .with_detail("the server has as many requests as it may have at a time")
        .into_response();
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}
