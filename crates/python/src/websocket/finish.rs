//! The end of a WebSocket's coroutine.

use super::socket::Socket;
use crate::asgi::Admission;
use crate::task::End;
use hyperserve_core::Hold;
use pyo3::prelude::*;

/// Hears of the end of a coroutine that has suspended. The drain waits for it, and it counts as a request until then.
pub(super) struct Finish {
    socket: Py<Socket>,
    _hold: Hold,
    _admission: Option<Admission>,
}

impl Finish {
    pub(super) const fn new(socket: Py<Socket>, hold: Hold, admission: Option<Admission>) -> Self {
        Self { socket, _hold: hold, _admission: admission }
    }
}

impl End for Finish {
    fn ended(&self, py: Python<'_>, outcome: Result<(), PyErr>) {
        self.socket.get().finished(py, outcome);
    }
}
