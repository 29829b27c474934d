//! The part of the loop that every callback goes through.

use super::handle::{Handle, TimerHandle};
use super::queue::ReadyQueue;
use super::shared::{Ready, Shared, is_captured, lock};
use super::turn::{Turn, now};
use crate::interpreter::thread::{Releasing, about_to_wait, has_waited};
use hyperserve_server::Batching;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
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
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn check_open(&self) -> PyResult<()> {
        if self.shared.is_closed() {
            return Err(PyRuntimeError::new_err("Event loop is closed"));
        }
        Ok(())
    }

    /// asyncio checks what is called in debug mode alone; a coroutine in the place of a callback is the common mistake.
    fn check(&self, callback: &Bound<'_, PyAny>, caller: &str) -> PyResult<()> {
        self.check_open()?;
        if self.shared.is_debug() && !callback.is_callable() {
            let name = callback.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "a callable object was expected by {caller}(), got {name}"
            )));
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
    fn call_soon(
        &self,
        callback: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        context: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<Handle>> {
        self.check(callback, "call_soon")?;
        let handle = Py::new(callback.py(), Handle::new(callback, args, context, None)?)?;
        if !is_captured(callback) {
            self.shared.push(Ready::Own(handle.clone_ref(callback.py())));
        }
        Ok(handle)
    }

    #[pyo3(signature = (callback, *args, context = None))]
    fn call_soon_threadsafe(
        &self,
        callback: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        context: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<Handle>> {
        self.check(callback, "call_soon_threadsafe")?;
        let handle = Py::new(callback.py(), Handle::new(callback, args, context, None)?)?;
        self.shared.push(Ready::Own(handle.clone_ref(callback.py())));
        Ok(handle)
    }

    #[pyo3(signature = (delay, callback, *args, context = None))]
    fn call_later(
        &self,
        delay: f64,
        callback: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        context: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<TimerHandle>> {
        self.check(callback, "call_later")?;
        self.set_timer(now() + delay, callback, args, context)
    }

    #[pyo3(signature = (when, callback, *args, context = None))]
    fn call_at(
        &self,
        when: f64,
        callback: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        context: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<TimerHandle>> {
        self.check(callback, "call_at")?;
        self.set_timer(when, callback, args, context)
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
    fn set_timer(
        &self,
        when: f64,
        callback: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        context: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<TimerHandle>> {
        let py = callback.py();
        let handle = Handle::new(callback, args, context, Some((when, Arc::clone(&self.shared))))?;
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
