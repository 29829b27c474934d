//! The part of the loop that every callback goes through.

use super::handle::{Handle, TimerHandle};
use super::queue::ReadyQueue;
use super::shared::{Ready, Shared, is_captured, lock};
use super::turn::{Turn, now};
use crate::interpreter::thread::{Releasing, about_to_wait, has_waited};
use hyperserve_server::Batching;
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use tokio::runtime::{Builder, Runtime};

/// The methods of an event loop that are called for every callback. `hyperserve.Loop` has it in front of
/// `asyncio.SelectorEventLoop`.
#[pyclass(frozen, subclass, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct LoopCore {
    shared: Arc<Shared>,
    runtime: Mutex<Option<Arc<Runtime>>>,
}

impl LoopCore {
    fn check_open(&self) -> PyResult<()> {
        if self.shared.is_closed() {
            return Err(PyRuntimeError::new_err("Event loop is closed"));
        }
        Ok(())
    }

    /// In debug mode asyncio's own checks are made: of the thread, and of what is called.
    fn check(
        slf: &Bound<'_, Self>,
        callback: &Bound<'_, PyAny>,
        caller: &str,
        on_thread: bool,
    ) -> PyResult<()> {
        slf.get().check_open()?;
        if slf.get().shared.is_debug() {
            let py = slf.py();
            if on_thread {
                slf.call_method0(intern!(py, "_check_thread"))?;
            }
            slf.call_method1(intern!(py, "_check_callback"), (callback, caller))?;
        }
        Ok(())
    }

    /// The runtime, with the round on it.
    fn runtime(slf: &Bound<'_, Self>) -> PyResult<Arc<Runtime>> {
        let core = slf.get();
        if let Some(runtime) = lock(&core.runtime).as_ref() {
            return Ok(Arc::clone(runtime));
        }
        let runtime = Builder::new_current_thread()
            .enable_all()
            .thread_name("hyperserve-blocking")
            .on_thread_park(about_to_wait)
            .on_thread_unpark(has_waited)
            .build()?;
        {
            let _context = runtime.enter();
            runtime.spawn(Turn::new(slf.as_any(), Arc::clone(&core.shared))?);
        }
        let runtime = Arc::new(runtime);
        *lock(&core.runtime) = Some(Arc::clone(&runtime));
        Ok(runtime)
    }
}

#[pymethods]
impl LoopCore {
    #[new]
    #[pyo3(signature = (*_args, **_options))]
    fn new(_args: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> Self {
        Self { shared: Arc::default(), runtime: Mutex::new(None) }
    }

    #[pyo3(signature = (callback, *args, context = None))]
    fn call_soon<'py>(
        slf: &Bound<'py, Self>,
        callback: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        context: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Py<Handle>> {
        Self::check(slf, callback, "call_soon", true)?;
        let handle = slf.get().handle(callback, args, context)?;
        if !is_captured(callback) {
            slf.get().shared.push(Ready::Own(handle.clone_ref(slf.py())));
        }
        Ok(handle)
    }

    #[pyo3(signature = (callback, *args, context = None))]
    fn call_soon_threadsafe<'py>(
        slf: &Bound<'py, Self>,
        callback: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        context: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Py<Handle>> {
        Self::check(slf, callback, "call_soon_threadsafe", false)?;
        let handle = slf.get().handle(callback, args, context)?;
        slf.get().shared.push(Ready::Own(handle.clone_ref(slf.py())));
        Ok(handle)
    }

    #[pyo3(signature = (delay, callback, *args, context = None))]
    fn call_later<'py>(
        slf: &Bound<'py, Self>,
        delay: f64,
        callback: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        context: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Py<TimerHandle>> {
        Self::check(slf, callback, "call_later", true)?;
        slf.get().set_timer(now() + delay, callback, args, context)
    }

    #[pyo3(signature = (when, callback, *args, context = None))]
    fn call_at<'py>(
        slf: &Bound<'py, Self>,
        when: f64,
        callback: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        context: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Py<TimerHandle>> {
        Self::check(slf, callback, "call_at", true)?;
        slf.get().set_timer(when, callback, args, context)
    }

    /// The clock of the timers: seconds, monotonic.
    #[staticmethod]
    fn time() -> f64 {
        now()
    }

    /// What stands in for `_ready`.
    fn _ready_queue(&self) -> ReadyQueue {
        ReadyQueue { shared: Arc::clone(&self.shared) }
    }

    /// Runs until the loop is stopped, or something is raised that must end it.
    fn _run_once(slf: &Bound<'_, Self>) -> PyResult<()> {
        let runtime = Self::runtime(slf)?;
        let shared = &slf.get().shared;
        let _releasing = Releasing::enter(slf.py());
        let _batching = Batching::enter();
        shared.wake();
        runtime.block_on(poll_fn(|cx| {
            shared.await_end(cx.waker());
            if shared.has_ended() { Poll::Ready(()) } else { Poll::Pending }
        }));
        shared.take_outcome()
    }

    fn _request_stop(&self) {
        self.shared.request_stop();
    }

    fn _set_core_debug(&self, on: bool) {
        self.shared.set_debug(on);
    }

    /// Ends everything that runs on the runtime. The loop must not be running.
    fn _close_core(&self) {
        self.shared.close();
        let runtime = lock(&self.runtime).take();
        if let Some(runtime) = runtime.and_then(Arc::into_inner) {
            runtime.shutdown_background();
        }
        self.shared.clear();
    }
}

impl LoopCore {
    fn handle(
        &self,
        callback: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        context: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<Handle>> {
        let source = self.source(callback.py())?;
        Py::new(callback.py(), Handle::new(callback, args, context, None, source)?)
    }

    /// Where a callback comes from, which asyncio tells in debug mode.
    fn source(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if !self.shared.is_debug() {
            return Ok(None);
        }
        let frames = py.import(intern!(py, "traceback"))?.call_method0(intern!(py, "extract_stack"))?;
        Ok(Some(frames.unbind()))
    }

    fn set_timer(
        &self,
        when: f64,
        callback: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        context: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<TimerHandle>> {
        let py = callback.py();
        let source = self.source(py)?;
        let handle = Handle::new(callback, args, context, Some((when, Arc::clone(&self.shared))), source)?;
        let timer = Bound::new(py, TimerHandle::new(when, handle))?;
        let handle = timer.clone().into_super().unbind();
        if lock(&self.shared.timers).set(when, handle) {
            self.shared.wake();
        }
        Ok(timer.unbind())
    }
}

/// `_selector` of the loop.
pub(super) fn selector<'py>(event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    event_loop.getattr(intern!(event_loop.py(), "_selector"))
}
