//! The future of a handshake's answer.

use super::finish::Finish;
use super::socket::Socket;
use super::task::at_once;
use crate::asgi::{Admission, Bridge, Template, websocket_scope};
use crate::task::{Begun, begin};
use http::header::UPGRADE;
use http::request::Parts;
use http::{Method, StatusCode};
use hyperserve_core::{
    Body, IntoResponse, OptionalFromRequestParts, Problem, Request, RequestContext, Response, Shutdown,
};
use hyperserve_ws::WebSocketUpgrade;
use pyo3::intern;
use pyo3::prelude::*;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// What is needed to answer yes, or why that cannot be.
type Handshake = Result<WebSocketUpgrade, Problem>;

/// A request that asks for a WebSocket.
pub(crate) struct Asked {
    parts: Parts,
    body: Body,
    handshake: Handshake,
}

/// Whether the request may ask for a WebSocket: most do not, which is seen at one look.
pub(crate) fn may_be_handshake(request: &Request<Body>) -> bool {
    request.headers().contains_key(UPGRADE) || request.method() == Method::CONNECT
}

/// Checks the handshake; a request that asks for something else comes back as it was.
pub(crate) fn handshake(request: Request<Body>) -> Result<Asked, Box<Request<Body>>> {
    let (mut parts, body) = request.into_parts();
    let asked = <WebSocketUpgrade as OptionalFromRequestParts<()>>::from_request_parts(&mut parts, &());
    match at_once(asked) {
        Some(Ok(Some(upgrade))) => Ok(Asked { parts, body, handshake: Ok(upgrade) }),
        Some(Err(problem)) => Ok(Asked { parts, body, handshake: Err(problem) }),
        Some(Ok(None)) | None => Err(Box::new(Request::from_parts(parts, body))),
    }
}

/// Asks the application, and ends with its answer to the handshake.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Opening {
    stage: Stage,
    /// What has no meaning in a handshake (RFC 6455 §4.1), but stands before the frames. The connection reads it to its end,
    /// if it is let go with the answer and not before.
    _content: Body,
}

enum Stage {
    /// The application has not been called.
    New(Box<New>),
    /// It has not answered.
    Asked(Py<Socket>),
    /// It is not asked, or could not be.
    Answered(Box<Response<Body>>),
    Over,
}

struct New {
    bridge: Arc<Bridge>,
    template: Template,
    admission: Admission,
    parts: Parts,
    handshake: Handshake,
}

impl Opening {
    pub(crate) fn new(bridge: &Arc<Bridge>, template: &Template, admission: Admission, asked: Asked) -> Self {
        let (bridge, template) = (Arc::clone(bridge), template.clone());
        let Asked { parts, body, handshake } = asked;
        let new = New { bridge, template, admission, parts, handshake };
        Self { stage: Stage::New(Box::new(new)), _content: body }
    }
}

impl Future for Opening {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Stage::New(_) = self.stage
            && let Stage::New(new) = std::mem::replace(&mut self.stage, Stage::Over)
        {
            self.stage = new.start();
        }
        let answer = match &mut self.stage {
            Stage::Asked(socket) => socket.get().poll_answer(cx),
            Stage::Answered(response) => Poll::Ready(std::mem::take(&mut **response)),
            Stage::New(_) | Stage::Over => Poll::Pending,
        };
        if answer.is_ready() {
            self.stage = Stage::Over;
        }
        answer.map(Ok)
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Stage::Asked(socket) = &self.stage {
            socket.get().lose();
        }
    }
}

impl New {
    /// Calls the application and runs its first step.
    fn start(self) -> Stage {
        let Self { bridge, template, admission, parts, handshake } = self;
        let upgrade = match handshake {
            Ok(upgrade) => upgrade,
            Err(problem) => return Stage::Answered(Box::new(problem.into_response())),
        };
        Python::attach(|py| match try_start(py, &bridge, &template, admission, &parts, upgrade) {
            Ok(socket) => Stage::Asked(socket),
            Err(error) => {
                bridge.log_exception(py, &error);
                Stage::Answered(Box::new(Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()))
            }
        })
    }
}

fn try_start(
    py: Python<'_>,
    bridge: &Arc<Bridge>,
    template: &Template,
    admission: Admission,
    parts: &Parts,
    upgrade: WebSocketUpgrade,
) -> PyResult<Py<Socket>> {
    let scope = websocket_scope(py, bridge, template, parts, upgrade.offered_protocols())?;
    let shutdown = RequestContext::of(&parts.extensions)
        .map_or_else(Shutdown::never, |context| context.shutdown().clone());
    let hold = shutdown.hold();
    let socket = Bound::new(py, Socket::new(Arc::clone(bridge), upgrade, shutdown))?;
    let call = || {
        let receive = socket.getattr(intern!(py, "receive"))?;
        let send = socket.getattr(intern!(py, "send"))?;
        bridge.application.bind(py).call1((scope, receive, send))
    };
    let end =
        |_: &Bound<'_, PyAny>| Box::new(Finish::new(socket.clone().unbind(), hold, Some(admission))) as _;
    if let Begun::Ended(outcome) = begin(py, &bridge.environment, call, end)? {
        socket.get().finished(py, outcome);
    }
    Ok(socket.unbind())
}
