//! Clients that leave, and what applications make of it.

use pyo3::exceptions::PyOSError;
use pyo3::intern;
use pyo3::prelude::*;

/// How far back the causes of an exception are looked at.
const MOST_CAUSES: usize = 8;

pyo3::create_exception!(
    hyperserve,
    Disconnected,
    PyOSError,
    "The client has gone; nothing more can be sent."
);

/// Whether an exception is that of `send` to a client that has gone, or was raised of it, as frameworks do with theirs.
pub(crate) fn comes_of_leaving(py: Python<'_>, error: &PyErr) -> bool {
    let mut at = Some(error.value(py).clone().into_any());
    for _ in 0..MOST_CAUSES {
        let Some(raised) = at else { return false };
        if raised.is_instance_of::<Disconnected>() {
            return true;
        }
        let next = |name| raised.getattr(name).ok().filter(|cause| !cause.is_none());
        at = next(intern!(py, "__cause__")).or_else(|| next(intern!(py, "__context__")));
    }
    false
}

pub(super) fn gone() -> PyErr {
    Disconnected::new_err("the client has gone")
}
