//! The future of one request.

use super::bridge::{Admission, Bridge};
use super::cycle::{Cycle, Finish};
use super::incoming::Incoming;
use super::scope::{self, Template};
use crate::task::{Begun, begin};
use http::header::{EXPECT, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use hyperserve_core::{Body, IntoResponse, Problem, Request, RequestContext, Response};
use pyo3::intern;
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
        bridge: Arc<Bridge>,
        template: &Template,
        admission: Admission,
        request: Request<Body>,
    ) -> Self {
        let (parts, body) = request.into_parts();
        let new = New {
            bridge,
            template: template.clone(),
            admission,
            parts,
            incoming: Incoming::new(body),
            asked: false,
        };
        Self { state: State::New(Box::new(new)) }
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
            match Python::attach(|py| new.start(py)) {
                Ok(running) => self.state = running,
                Err(answer) => return Poll::Ready(Ok(answer)),
            }
        }
        match &self.state {
            State::Running { cycle, .. } => match cycle.get().poll_response(cycle, cx) {
                Poll::Ready(response) => {
                    self.state = State::Over;
                    Poll::Ready(Ok(response))
                }
                Poll::Pending => Poll::Pending,
            },
            State::Overloaded => Poll::Ready(Ok(overloaded())),
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

    /// Calls the application and runs its first step.
    fn start(self, py: Python<'_>) -> Result<State, Response<Body>> {
        let bridge = Arc::clone(&self.bridge);
        self.try_start(py).map_err(|error| {
            bridge.log_exception(py, &error);
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        })
    }

    fn try_start(self, py: Python<'_>) -> PyResult<State> {
        let Self { bridge, template, admission, mut parts, incoming, .. } = self;
        let scope = scope::build(py, &bridge, &template, &parts)?;
        let shutdown = RequestContext::of(&parts.extensions).map(|context| context.shutdown().clone());
        let fields = std::mem::take(&mut parts.headers);
        let cycle = Bound::new(py, Cycle::new(Arc::clone(&bridge), incoming, fields, &parts.method))?;
        let call = || {
            let receive = cycle.getattr(intern!(py, "receive"))?;
            let send = cycle.getattr(intern!(py, "send"))?;
            bridge.application.bind(py).call1((scope, receive, send))
        };
        let end = |task: &Bound<'_, PyAny>| {
            let hold = shutdown.map(|shutdown| shutdown.hold());
            cycle.get().keep_task(task);
            Box::new(Finish::new(cycle.clone().unbind(), hold)) as _
        };
        match begin(py, &bridge.environment, call, end)? {
            Begun::Suspended => {}
            Begun::Ended(outcome) => cycle.get().finished(py, outcome),
        }
        Ok(State::Running { cycle: cycle.unbind(), _admission: admission })
    }
}

fn overloaded() -> Response<Body> {
    let mut answer = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .with_detail("the server has as many requests as it may have at a time")
        .into_response();
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}
