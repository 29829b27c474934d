//! The response with which an application denies a WebSocket (ASGI, "WebSocket Denial Response"): a response like any
//! other, whose messages have another name.

use super::bridge::Bridge;
use super::cycle::{Cycle, Start};
use super::incoming::Incoming;
use http::{HeaderMap, Method};
use hyperserve_core::{Body, Response};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::sync::Arc;
use std::task::{Context, Poll};

/// A denial under way.
#[derive(Debug)]
pub(crate) struct Denial(Py<Cycle>);

impl Denial {
    pub(crate) fn new(py: Python<'_>, bridge: &Arc<Bridge>) -> PyResult<Self> {
        let start = Start {
            bridge: Arc::clone(bridge),
            context: None,
            incoming: Incoming::new(Body::empty(), usize::MAX),
            fields: HeaderMap::new(),
            method: Method::GET,
        };
        Py::new(py, Cycle::new(start)).map(Self)
    }

    /// Takes `websocket.http.response.start` and what follows; returns what `send` does.
    pub(crate) fn send(&self, message: &Bound<'_, PyDict>) -> PyResult<Py<PyAny>> {
        let py = message.py();
        let kind = message.as_any().get_item(intern!(py, "type"))?;
        let kind = kind.cast::<PyString>()?.to_str()?;
        let renamed = message.copy()?;
        renamed.set_item(intern!(py, "type"), kind.trim_start_matches("websocket."))?;
        self.0.call_method1(py, intern!(py, "send"), (renamed,))
    }

    /// The response, once it has begun.
    pub(crate) fn poll_response(&self, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        self.0.get().poll_response(&self.0, cx)
    }

    /// The client is gone.
    pub(crate) fn disconnected(&self) {
        self.0.get().disconnected();
    }

    /// The coroutine has ended.
    pub(crate) fn finished(&self, py: Python<'_>, outcome: Result<(), PyErr>) {
        self.0.get().finished(py, outcome);
    }
}
