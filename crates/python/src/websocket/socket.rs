//! One WebSocket, as the application sees it: `receive` and `send`.

use super::departure::Departure;
use super::event;
use super::live::Live;
use super::message::{self, Acceptance};
use super::state::{Gone, Phase, State};
use super::task::Keeper;
use crate::asgi::{Bridge, Denial, Disconnected, Done, Waiting, Wish, comes_of_leaving, nothing, resolve};
use http::StatusCode;
use hyperserve_core::{Body, IntoResponse, Problem, Response, Shutdown};
use hyperserve_ws::{CloseCode, CloseFrame, WebSocketUpgrade};
use pyo3::exceptions::asyncio::CancelledError;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// A WebSocket under way. Its lock is never held while Python code can run.
#[pyclass(frozen, weakref, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct Socket {
    bridge: Arc<Bridge>,
    state: Mutex<State>,
}

impl Socket {
    pub(super) fn new(bridge: Arc<Bridge>, upgrade: WebSocketUpgrade, shutdown: Shutdown) -> Self {
        Self { bridge, state: Mutex::new(State::new(upgrade, shutdown)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to the handshake, once the application has decided.
    pub(super) fn poll_answer(&self, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let mut state = self.state();
        if let Phase::Denying(denial) = &state.phase {
            let denial = Arc::clone(denial);
            drop(state);
            return denial.poll_response(cx);
        }
        match state.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                state.server = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// The connection has become a socket.
    pub(super) fn open(&self, live: Live) {
        self.state().open(live);
    }

    /// For the socket's task.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        let ended = state.advance(cx);
        let released = state.released();
        drop(state);
        resolve(released);
        ended
    }

    /// The connection is gone, or did not become a socket.
    pub(super) fn lose(&self) {
        let mut state = self.state();
        let denial = match &state.phase {
            Phase::Denying(denial) => Some(Arc::clone(denial)),
            _ => None,
        };
        state.lose();
        let released = state.released();
        drop(state);
        resolve(released);
        if let Some(denial) = denial {
            denial.disconnected();
        }
    }

    /// The coroutine has ended.
    pub(super) fn finished(&self, py: Python<'_>, outcome: Result<(), PyErr>) {
        let mut state = self.state();
        if let Phase::Denying(denial) = &state.phase {
            let denial = Arc::clone(denial);
            drop(state);
            return denial.finished(py, outcome);
        }
        let is_unanswered = matches!(state.phase, Phase::Asked(_));
        let had_departed = state.departure.is_some();
        let mut server = None;
        if is_unanswered {
            state.phase = Phase::Closed;
            server = state.respond(Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response());
            state.depart(Departure::lost());
        } else if matches!(state.phase, Phase::Accepted) {
            let code = if outcome.is_ok() { CloseCode::NORMAL } else { CloseCode::INTERNAL_ERROR };
            state.close(CloseFrame::new(code, ""));
        }
        let released = state.released();
        drop(state);
        if let Some(server) = server {
            server.wake();
        }
        resolve(released);
        match outcome {
            Ok(()) if is_unanswered => {
                self.bridge.log_misuse(
                    py,
                    "the ASGI application returned without answering the WebSocket's handshake",
                );
            }
            Ok(()) => {}
            Err(error) => self.judge(py, &error, had_departed),
        }
    }

    /// Tells of what a handler raised, unless it comes of the client's leaving, or of its task being cancelled after that.
    fn judge(&self, py: Python<'_>, error: &PyErr, had_departed: bool) {
        let is_expected =
            comes_of_leaving(py, error) || (had_departed && error.is_instance_of::<CancelledError>(py));
        if !is_expected {
            self.bridge.log_exception(py, error);
        }
        self.bridge.raise_in_loop(py, error);
    }

    /// What a wish comes to, if it can be told now.
    pub(crate) fn outcome(&self, py: Python<'_>, wish: Wish) -> PyResult<Option<Py<PyAny>>> {
        match wish {
            Wish::Receive => self.next_event(py),
            Wish::Send => {
                let has_room = self.state().has_room();
                Ok(has_room.map_err(gone)?.then(|| py.None()))
            }
        }
    }

    fn next_event(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        // Reading can set a timer, which has to be one of the runtime's.
        let _runtime = self.bridge.runtime.enter();
        let mut state = self.state();
        if !state.is_announced {
            state.is_announced = true;
            drop(state);
            return event::connect(py).map(Some);
        }
        if let Some(message) = state.next() {
            drop(state);
            return event::receive(py, &message).map(Some);
        }
        let departure = state.departure.clone();
        drop(state);
        departure.map(|departure| event::disconnect(py, &departure)).transpose()
    }

    /// A future that is done when the wish may come to something.
    pub(crate) fn future<'py>(&self, py: Python<'py>, wish: Wish) -> PyResult<Bound<'py, PyAny>> {
        let future = self.bridge.future(py)?;
        let waiting = future.clone().unbind();
        let mut state = self.state();
        match wish {
            Wish::Send => state.senders.push(waiting),
            Wish::Receive => state.receivers.push(waiting),
        }
        Ok(future)
    }

    fn send_content(slf: &Bound<'_, Self>, message: &Bound<'_, PyDict>) -> PyResult<Py<PyAny>> {
        let (py, socket) = (slf.py(), slf.get());
        let content = message::content(message)?;
        // A write that waits sets a timer, which has to be one of the runtime's.
        let _runtime = socket.bridge.runtime.enter();
        let mut state = socket.state();
        if !matches!(state.phase, Phase::Accepted | Phase::Over) {
            return Err(misplaced("websocket.send", &state.phase));
        }
        let sent = state.send(content);
        drop(state);
        match sent {
            Ok(true) => nothing(py),
            Ok(false) => {
                Ok(Bound::new(py, Waiting::new(slf.clone().unbind(), Wish::Send))?.into_any().unbind())
            }
            Err(error) => Err(gone(error)),
        }
    }

    fn accept(slf: &Bound<'_, Self>, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let socket = slf.get();
        let Acceptance { subprotocol, fields } = message::acceptance(message, &socket.bridge)?;
        let upgrade = socket.take_upgrade("websocket.accept", subprotocol.as_deref())?;
        let keeper = Keeper::new(slf.clone().unbind());
        let _runtime = socket.bridge.runtime.enter();
        let mut answer = upgrade.on_upgrade(|socket| keeper.keep(socket));
        let is_refused = answer.status().is_client_error();
        if !is_refused {
            answer.headers_mut().extend(fields);
        }
        let server = socket.state().respond(answer);
        if let Some(server) = server {
            server.wake();
        }
        // The keeper is gone with its socket then, and has said so.
        if is_refused { Err(gone(Gone)) } else { Ok(()) }
    }

    /// What accepts the handshake; the application has accepted with this.
    fn take_upgrade(&self, name: &str, subprotocol: Option<&str>) -> PyResult<WebSocketUpgrade> {
        let mut state = self.state();
        if let Phase::Asked(upgrade) = &state.phase
            && let Some(subprotocol) = subprotocol
            && !upgrade.offered_protocols().any(|offered| offered == subprotocol)
        {
            // RFC 6455 §4.2.2: it is one of those that the client offers.
            return Err(PyValueError::new_err(format!(
                "the client does not offer the subprotocol '{subprotocol}'"
            )));
        }
        match std::mem::replace(&mut state.phase, Phase::Accepted) {
            Phase::Asked(upgrade) => Ok(upgrade.with_protocols(subprotocol)),
            phase => {
                let error = misplaced(name, &phase);
                state.phase = phase;
                Err(error)
            }
        }
    }

    /// Closes what is accepted, and refuses what is not.
    fn close(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let frame = message::close(message)?;
        let mut state = self.state();
        let mut server = None;
        match state.phase {
            Phase::Accepted if state.departure.is_some() => return Err(gone(Gone)),
            Phase::Accepted => state.close(frame),
            Phase::Asked(_) => {
                state.phase = Phase::Closed;
                state.depart(Departure::lost());
                server = state.respond(Problem::new(StatusCode::FORBIDDEN).into_response());
            }
            _ => return Err(misplaced("websocket.close", &state.phase)),
        }
        let released = state.released();
        drop(state);
        if let Some(server) = server {
            server.wake();
        }
        resolve(released);
        Ok(())
    }

    /// `websocket.http.response.start` and what follows it.
    fn deny(&self, message: &Bound<'_, PyDict>, name: &str) -> PyResult<Py<PyAny>> {
        let known = match &self.state().phase {
            Phase::Denying(denial) => Some(Arc::clone(denial)),
            Phase::Asked(_) if name == "websocket.http.response.start" => None,
            phase => return Err(misplaced(name, phase)),
        };
        let is_new = known.is_none();
        let denial = match known {
            Some(denial) => denial,
            None => Arc::new(Denial::new(message.py(), &self.bridge)?),
        };
        let awaitable = denial.send(message)?;
        if is_new {
            let mut state = self.state();
            state.phase = Phase::Denying(denial);
            state.depart(Departure::lost());
            let server = state.server.take();
            let released = state.released();
            drop(state);
            if let Some(server) = server {
                server.wake();
            }
            resolve(released);
        }
        Ok(awaitable)
    }
}

#[pymethods]
impl Socket {
    /// The next event of the socket.
    fn receive(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        match slf.get().next_event(py)? {
            Some(event) => Ok(Bound::new(py, Done::with(event))?.into_any().unbind()),
            None => {
                let waiting = Waiting::new(slf.clone().unbind(), Wish::Receive);
                Ok(Bound::new(py, waiting)?.into_any().unbind())
            }
        }
    }

    /// Takes an event of the application's.
    fn send(slf: &Bound<'_, Self>, message: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let message = message::dictionary(message)?;
        let kind = message::kind(message)?;
        match kind.to_str()? {
            "websocket.send" => Self::send_content(slf, message),
            "websocket.accept" => Self::accept(slf, message).and_then(|()| nothing(py)),
            "websocket.close" => slf.get().close(message).and_then(|()| nothing(py)),
            name @ ("websocket.http.response.start" | "websocket.http.response.body") => {
                slf.get().deny(message, name)
            }
            other => Err(misplaced(other, &slf.get().state().phase)),
        }
    }
}

fn gone(_: Gone) -> PyErr {
    Disconnected::new_err("the client has gone")
}

fn misplaced(name: &str, phase: &Phase) -> PyErr {
    let wanted = match phase {
        Phase::Asked(_) => {
            "expected 'websocket.accept', 'websocket.close' or 'websocket.http.response.start' first"
        }
        Phase::Denying(_) => "expected 'websocket.http.response.body'",
        Phase::Accepted => "expected 'websocket.send' or 'websocket.close'",
        Phase::Closed => "the application has closed the WebSocket",
        Phase::Over => return gone(Gone),
    };
    PyRuntimeError::new_err(format!("unexpected ASGI message '{name}': {wanted}"))
}
