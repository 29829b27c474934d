//! `contextvars.Context` from Rust.
#![expect(unsafe_code, reason = "PyO3 does not wrap PyContext_*")]

use pyo3::prelude::*;
use pyo3::{PyErr, ffi};

/// A copy of the context this thread is in.
pub(crate) fn copy_current(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: attached; the result is a new reference or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyContext_CopyCurrent()) }
}

/// A copy of `context`, which must be a `contextvars.Context`.
pub(crate) fn copy<'py>(context: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; the callee checks the type.
    unsafe { Bound::from_owned_ptr_or_err(context.py(), ffi::PyContext_Copy(context.as_ptr())) }
}

/// A context that this thread is in until the value is dropped.
pub(crate) struct Entered<'a, 'py> {
    context: &'a Bound<'py, PyAny>,
}

/// Enters `context`.
///
/// # Errors
///
/// When it is entered already, or no context.
pub(crate) fn enter<'a, 'py>(context: &'a Bound<'py, PyAny>) -> PyResult<Entered<'a, 'py>> {
    // SAFETY: attached; the callee checks the type.
    if unsafe { ffi::PyContext_Enter(context.as_ptr()) } < 0 {
        return Err(PyErr::fetch(context.py()));
    }
    Ok(Entered { context })
}

impl Drop for Entered<'_, '_> {
    fn drop(&mut self) {
        // SAFETY: attached, as a bound reference shows, and entered by `enter`. It fails only when contexts are left out of
        // order, which borrows prevent.
        if unsafe { ffi::PyContext_Exit(self.context.as_ptr()) } < 0 {
            PyErr::fetch(self.context.py()).write_unraisable(self.context.py(), None);
        }
    }
}
