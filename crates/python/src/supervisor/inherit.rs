//! How a process finds out that it is a worker, and what it was given.

use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::Control;
use super::mandate::{Mandate, VARIABLE};
use crate::interpreter::descriptor::duplicate;

static IS_WORKER: AtomicBool = AtomicBool::new(false);

/// What a worker was given by its supervisor.
#[derive(Debug)]
pub(crate) struct Inheritance {
    /// Every option in canonical form, those of the supervisor alone excepted; addresses are inherited sockets.
    pub(crate) options: BTreeMap<String, String>,
    /// The line to the supervisor.
    pub(crate) control: Control,
}

/// Whether this process is a worker of a supervisor.
pub(crate) fn is_worker() -> bool {
    IS_WORKER.load(Relaxed)
}

/// What this process was given, if it is a worker. Call it once, first of all: it takes the variable out of the
/// environment, so that child processes of the app are no workers, and sets `sys.path` to the supervisor's.
pub(crate) fn worker(py: Python<'_>) -> PyResult<Option<Inheritance>> {
    let environ = py.import("os")?.getattr("environ")?;
    let Some(text) = environ.call_method1("pop", (VARIABLE, py.None()))?.extract::<Option<String>>()? else {
        return Ok(None);
    };
    let mandate: Mandate = serde_json::from_str(&text).map_err(|error| {
        PyValueError::new_err(format!("{VARIABLE} is not what a supervisor sets: {error}"))
    })?;
    IS_WORKER.store(true, Relaxed);
    py.import("sys")?.setattr("path", mandate.path)?;
    let control = Control::new(mandate.index, own(py, mandate.control)?);
    Ok(Some(Inheritance { options: mandate.options, control }))
}

/// Takes the descriptor of this number, which nobody else in this process knows of.
fn own(py: Python<'_>, number: RawFd) -> PyResult<UnixStream> {
    let ours = duplicate(number)?;
    py.import("os")?.call_method1("close", (number,))?;
    Ok(UnixStream::from(ours))
}
