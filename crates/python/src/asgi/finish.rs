//! The end of a request's coroutine that has suspended.

use super::cycle::Cycle;
use crate::task::End;
use hyperserve_core::Hold;
use pyo3::prelude::*;

/// Hears of the end of a request's coroutine that has suspended. The drain waits for it.
pub(super) struct Finish {
    cycle: Py<Cycle>,
    _hold: Option<Hold>,
}

impl Finish {
    pub(super) fn new(cycle: Py<Cycle>, hold: Option<Hold>) -> Self {
        Self { cycle, _hold: hold }
    }
}

impl End for Finish {
    fn ended(&self, py: Python<'_>, outcome: Result<(), PyErr>) {
        self.cycle.get().finished(py, outcome);
    }
}
