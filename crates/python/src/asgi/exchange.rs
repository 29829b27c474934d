//! A request's `receive` and `send`, made once a connection and used again while nobody else holds them.

use super::cycle::{Cycle, Start};
use crate::interpreter::object::has_holders;
use pyo3::intern;
use pyo3::prelude::*;

/// A cycle with its two methods.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) cycle: Py<Cycle>,
    receive: Py<PyAny>,
    send: Py<PyAny>,
}

impl Exchange {
    fn new(py: Python<'_>, start: Start) -> PyResult<Self> {
        let cycle = Bound::new(py, Cycle::new(start))?;
        let receive = cycle.getattr(intern!(py, "receive"))?.unbind();
        let send = cycle.getattr(intern!(py, "send"))?.unbind();
        Ok(Self { cycle: cycle.unbind(), receive, send })
    }

    fn share(&self, py: Python<'_>) -> Self {
        Self {
            cycle: self.cycle.clone_ref(py),
            receive: self.receive.clone_ref(py),
            send: self.send.clone_ref(py),
        }
    }

    /// For the application, which is given both.
    pub(super) fn methods<'a, 'py>(
        &'a self,
        py: Python<'py>,
    ) -> (&'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>) {
        (self.receive.bind(py), self.send.bind(py))
    }

    /// Whether the request before has let go of everything. The methods hold the cycle, this does, and nobody else.
    fn is_free(&self, py: Python<'_>) -> bool {
        has_holders(self.cycle.bind(py).as_any(), 3)
            && has_holders(self.receive.bind(py), 1)
            && has_holders(self.send.bind(py), 1)
    }
}

/// The exchange of the connection's last request.
#[derive(Debug, Default)]
pub(super) struct Last(Option<Exchange>);

impl Last {
    /// An exchange for a new request: the last one, if it is free.
    pub(super) fn begin(&mut self, py: Python<'_>, start: Start) -> PyResult<Exchange> {
        if let Some(last) = self.0.as_ref().filter(|last| last.is_free(py)) {
            last.cycle.get().restart(start);
            return Ok(last.share(py));
        }
        let new = Exchange::new(py, start)?;
        self.0 = Some(new.share(py));
        Ok(new)
    }
}
