//! Letting go of the interpreter while the runtime waits for events.
//!
//! One pair of calls a batch of events, not a request: tasks run attached, the wait alone is detached, so that threads of
//! the application's executors get the interpreter.
#![expect(unsafe_code, reason = "the two halves of Py_BEGIN_ALLOW_THREADS stand in two hooks of the runtime")]

use hyperserve_server::Batching;
use pyo3::{Python, ffi};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::null_mut;

thread_local! {
    static RELEASES: Cell<bool> = const { Cell::new(false) };
    static SAVED: Cell<*mut ffi::PyThreadState> = const { Cell::new(null_mut()) };
}

/// While this lives, the runtime that is run on this thread detaches from the interpreter whenever it waits.
pub(crate) struct Releasing<'py> {
    before: bool,
    _attached: PhantomData<Python<'py>>,
}

impl<'py> Releasing<'py> {
    pub(crate) fn enter(_: Python<'py>) -> Self {
        Self { before: RELEASES.replace(true), _attached: PhantomData }
    }
}

impl Drop for Releasing<'_> {
    fn drop(&mut self) {
        RELEASES.set(self.before);
    }
}

/// For `on_thread_park`: answers leave, then the interpreter is let go.
pub(crate) fn about_to_wait() {
    Batching::flush();
    if RELEASES.get() {
        // SAFETY: `Releasing` lives, so this thread is attached; nothing on it touches Python until `has_waited`, which the
        // runtime calls before it polls anything.
        SAVED.set(unsafe { ffi::PyEval_SaveThread() });
    }
}

/// For `on_thread_unpark`.
pub(crate) fn has_waited() {
    let saved = SAVED.replace(null_mut());
    if !saved.is_null() {
        // SAFETY: it is what `about_to_wait` saved on this very thread, and is used once.
        unsafe { ffi::PyEval_RestoreThread(saved) }
    }
}
