//! One request and its response, as the application sees them: `receive` and `send`.

use super::awaitable::{Done, Waiting, Wish, nothing, resolve};
use super::bridge::Bridge;
use super::departure::{comes_of_leaving, gone};
use super::incoming::{Incoming, Piece};
use super::known;
use super::message::Message;
use super::outgoing::{Answerable, Outgoing};
use super::response::Streamed;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body::Frame;
use hyperserve_core::{Body, BodyError, BoxError, Hold, IntoResponse, Problem, RequestContext, Response};
use pyo3::exceptions::asyncio::CancelledError;
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::task::AbortHandle;

/// A request under way. Its lock is never held while Python code can run.
#[pyclass(frozen, weakref, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct Cycle {
    bridge: Arc<Bridge>,
    state: Mutex<State>,
}

/// What a request under way begins with.
pub(super) struct Start {
    pub(super) bridge: Arc<Bridge>,
    pub(super) context: Option<RequestContext>,
    pub(super) incoming: Incoming,
    /// The map of its fields, to be used again.
    pub(super) fields: HeaderMap,
    pub(super) method: Method,
}

#[derive(Debug)]
struct State {
    context: Option<RequestContext>,
    incoming: Incoming,
    outgoing: Outgoing,
    /// The request's own map of fields, for the response to fill.
    spare: Option<HeaderMap>,
    /// Who turns the response into bytes.
    server: Option<Waker>,
    /// Futures of those who wait in `receive` and in `send`.
    receivers: Vec<Py<PyAny>>,
    senders: Vec<Py<PyAny>>,
    /// The task that waits for the body.
    pump: Option<AbortHandle>,
    /// Why the body was cut, where that is the answer.
    refusal: Option<BodyError>,
    disconnected: bool,
    /// The task, where a client that leaves is to cancel it.
    task: Option<Py<PyAny>>,
    cancelled: bool,
}

impl State {
    fn new(start: Start) -> Self {
        let mut spare = start.fields;
        spare.clear();
        Self {
            context: start.context,
            incoming: start.incoming,
            outgoing: Outgoing::new(&start.method),
            spare: Some(spare),
            server: None,
            receivers: Vec::new(),
            senders: Vec::new(),
            pump: None,
            refusal: None,
            disconnected: false,
            task: None,
            cancelled: false,
        }
    }

    /// The rest of the body is for the connection to deal with: an application may hold on to `receive` for long.
    fn stop_receiving(&mut self) {
        self.incoming.close();
        if let Some(pump) = self.pump.take() {
            pump.abort();
        }
    }
}

impl Cycle {
    pub(super) fn new(start: Start) -> Self {
        let bridge = Arc::clone(&start.bridge);
        Self { bridge, state: Mutex::new(State::new(start)) }
    }

    /// Stands for another request of the connection. Nobody may hold it for the one before.
    pub(super) fn restart(&self, start: Start) {
        let before = std::mem::replace(&mut *self.state(), State::new(start));
        drop(before);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the server from ending a drain while the value lives.
    pub(super) fn hold(&self) -> Option<Hold> {
        self.state().context.as_ref().map(|context| context.shutdown().hold())
    }

    pub(super) fn keep_task(&self, task: &Bound<'_, PyAny>) {
        if self.bridge.settings.cancel_on_disconnect {
            self.state().task = Some(task.clone().unbind());
        }
    }

    /// The response, once it has begun.
    pub(super) fn poll_response(&self, own: &Py<Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let answerable = {
            let mut state = self.state();
            match state.outgoing.take() {
                Some(Answerable::Failed) => {
                    let refusal = state.refusal.take();
                    drop(state);
                    return Poll::Ready(failed(refusal));
                }
                Some(answerable) => answerable,
                None => {
                    state.server = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            }
        };
        let (head, body) = match answerable {
            Answerable::Whole(head, bytes) => (head, Body::from(bytes)),
            Answerable::File(head, file) => (head, file),
            Answerable::Stream(head) => {
                let own = Python::attach(|py| own.clone_ref(py));
                (head, Body::new(Streamed::new(own)))
            }
            Answerable::Failed => return Poll::Ready(failed(None)),
        };
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        *response.headers_mut() = head.fields;
        Poll::Ready(response)
    }

    /// The next frame of a body that is streamed.
    pub(super) fn poll_frame(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut state = self.state();
        match state.outgoing.poll_file(cx) {
            Some(Poll::Ready(frame)) => return Poll::Ready(Some(frame.map_err(Into::into))),
            Some(Poll::Pending) => return Poll::Pending,
            None => {}
        }
        let frame = state.outgoing.pop();
        let rested = if state.outgoing.has_room() { std::mem::take(&mut state.senders) } else { Vec::new() };
        let answer = match frame {
            Some(frame) => Poll::Ready(Some(Ok(frame))),
            None if state.outgoing.is_broken() => {
                let error =
                    io::Error::new(io::ErrorKind::BrokenPipe, "the application broke off its response");
                Poll::Ready(Some(Err(error.into())))
            }
            None if state.outgoing.is_over() => Poll::Ready(None),
            None => {
                state.server = Some(cx.waker().clone());
                Poll::Pending
            }
        };
        drop(state);
        if !rested.is_empty() {
            self.bridge.at_home(move || resolve(rested));
        }
        answer
    }

    pub(super) fn is_drained(&self) -> bool {
        self.state().outgoing.is_drained()
    }

    pub(super) fn left(&self) -> Option<u64> {
        self.state().outgoing.left()
    }

    pub(super) fn bridge(&self) -> Arc<Bridge> {
        Arc::clone(&self.bridge)
    }

    /// The client is gone, or will hear no more. On the loop's own thread.
    pub(super) fn disconnected(&self) {
        let mut state = self.state();
        if state.outgoing.is_bodiless() && !state.outgoing.is_over() {
            // The connection has no use for a body: that says nothing about the client.
            return;
        }
        state.disconnected = true;
        let mut waiting = std::mem::take(&mut state.receivers);
        waiting.append(&mut state.senders);
        let task = state.task.take();
        state.cancelled = task.is_some();
        drop(state);
        resolve(waiting);
        if let Some(task) = task {
            Python::attach(|py| {
                if let Err(error) = task.call_method0(py, intern!(py, "cancel")) {
                    error.write_unraisable(py, None);
                }
            });
        }
    }

    /// The coroutine has ended.
    pub(super) fn finished(&self, py: Python<'_>, outcome: Result<(), PyErr>) {
        let mut state = self.state();
        state.task = None;
        let cut = state.incoming.is_cut() && state.outgoing.is_unsent();
        if cut {
            state.refusal = state.incoming.take_error();
        }
        let misuse = match &outcome {
            Ok(()) => state.outgoing.close(),
            Err(_) => {
                state.outgoing.break_off();
                None
            }
        };
        // A body that broke is the client's fault, whatever the application made of it.
        let disconnected = state.disconnected || cut;
        let cancelled = state.cancelled
            || state.context.as_ref().is_some_and(|context| context.shutdown().is_triggered());
        let server = state.server.take();
        let waiting = std::mem::take(&mut state.receivers);
        state.stop_receiving();
        drop(state);
        if let Some(server) = server {
            server.wake();
        }
        resolve(waiting);
        match outcome {
            Ok(()) if !disconnected => {
                if let Some(misuse) = misuse {
                    self.bridge.log_misuse(py, &misuse);
                }
            }
            Ok(()) => {}
            Err(error) if cut && error.is_instance_of::<PyException>(py) => {
                tracing::debug!(%error, "an application failed on a body that broke");
            }
            Err(error) => self.judge(py, &error, disconnected, cancelled),
        }
    }

    /// Tells of what a handler raised, unless it comes of the client's leaving.
    fn judge(&self, py: Python<'_>, error: &PyErr, disconnected: bool, cancelled: bool) {
        let expected = (cancelled && error.is_instance_of::<CancelledError>(py))
            || (disconnected && comes_of_leaving(py, error));
        if !expected {
            self.bridge.log_exception(py, error);
        }
        self.bridge.raise_in_loop(py, error);
    }

    /// What a wish comes to, if it can be told now.
    pub(super) fn outcome(&self, py: Python<'_>, wish: Wish) -> PyResult<Option<Py<PyAny>>> {
        match wish {
            Wish::Receive => self.next_message(py),
            Wish::Send => {
                let state = self.state();
                if state.disconnected {
                    return Err(gone());
                }
                Ok((!state.outgoing.is_full()).then(|| py.None()))
            }
        }
    }

    fn next_message(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let piece = {
            let mut state = self.state();
            if state.incoming.is_open() && state.pump.is_none() {
                // What is on this side of the connection already needs no waiting.
                let _ = state.incoming.poll(&mut Context::from_waker(Waker::noop()));
            }
            match state.incoming.pop() {
                Some(piece) => piece,
                None if state.disconnected || state.outgoing.is_over() || state.incoming.is_cut() => {
                    drop(state);
                    return disconnect_message(py).map(Some);
                }
                None => return Ok(None),
            }
        };
        request_message(py, &piece).map(Some)
    }

    /// A future that is done when the wish may come to something.
    pub(super) fn future<'py>(
        &self,
        own: &Py<Self>,
        py: Python<'py>,
        wish: Wish,
    ) -> PyResult<Bound<'py, PyAny>> {
        let event_loop = self.bridge.environment.event_loop(py);
        let future = event_loop.call_method0(intern!(py, "create_future"))?;
        let waiting = future.clone().unbind();
        let mut state = self.state();
        match wish {
            Wish::Send => state.senders.push(waiting),
            Wish::Receive => {
                state.receivers.push(waiting);
                if state.incoming.is_open() && state.pump.is_none() {
                    state.pump = Some(self.pump(own.clone_ref(py)));
                }
            }
        }
        Ok(future)
    }

    /// Waits for the body in a task of its own.
    fn pump(&self, own: Py<Self>) -> AbortHandle {
        let pump = self.bridge.runtime.spawn(async move {
            let cycle = own.get();
            poll_fn(|cx| cycle.state().incoming.poll(cx)).await;
            let mut state = cycle.state();
            state.pump = None;
            let waiting = std::mem::take(&mut state.receivers);
            drop(state);
            resolve(waiting);
        });
        pump.abort_handle()
    }
}

#[pymethods]
impl Cycle {
    /// The next event of the request.
    fn receive(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        match slf.get().next_message(py)? {
            Some(message) => Ok(Bound::new(py, Done::with(message))?.into_any().unbind()),
            None => {
                let waiting = Waiting::new(slf.clone().unbind(), Wish::Receive);
                Ok(Bound::new(py, waiting)?.into_any().unbind())
            }
        }
    }

    /// Takes an event of the response.
    fn send(slf: &Bound<'_, Self>, message: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let cycle = slf.get();
        let spare = || cycle.state().spare.take().unwrap_or_default();
        let message = Message::read(message, &cycle.bridge.settings, spare)?;
        let mut state = cycle.state();
        if let (Message::EarlyHint { fields }, Some(context)) = (&message, &state.context) {
            // A client that cannot have it does without.
            let _ = context.early_hints(fields);
        }
        if state.disconnected {
            return Err(gone());
        }
        state.outgoing.apply(message).map_err(PyRuntimeError::new_err)?;
        let full = state.outgoing.is_full();
        let server = state.server.take();
        let mut waiting = Vec::new();
        if state.outgoing.is_over() {
            waiting = std::mem::take(&mut state.receivers);
            state.stop_receiving();
        }
        drop(state);
        if let Some(server) = server {
            server.wake();
        }
        resolve(waiting);
        if full {
            let waiting = Waiting::new(slf.clone().unbind(), Wish::Send);
            return Ok(Bound::new(py, waiting)?.into_any().unbind());
        }
        nothing(py)
    }
}

fn request_message(py: Python<'_>, piece: &Piece) -> PyResult<Py<PyAny>> {
    let message = PyDict::new(py);
    message.set_item(intern!(py, "type"), intern!(py, "http.request"))?;
    let bytes = if piece.bytes.is_empty() { known::no_bytes(py) } else { PyBytes::new(py, &piece.bytes) };
    message.set_item(intern!(py, "body"), bytes)?;
    message.set_item(intern!(py, "more_body"), piece.more)?;
    Ok(message.into_any().unbind())
}

fn disconnect_message(py: Python<'_>) -> PyResult<Py<PyAny>> {
    let message = PyDict::new(py);
    message.set_item(intern!(py, "type"), intern!(py, "http.disconnect"))?;
    Ok(message.into_any().unbind())
}

/// What a client gets when the application has nothing for it.
fn failed(refusal: Option<BodyError>) -> Response<Body> {
    match refusal {
        Some(error) => error.into_response(),
        None => Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}
