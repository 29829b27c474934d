//! What `call_soon` and `call_later` return.

use super::shared::{Shared, lock};
use crate::interpreter::context;
use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Acquire},
};
use std::sync::{Arc, Mutex};

/// A callback and its context. Stands in for `asyncio.Handle`.
#[pyclass(frozen, weakref, subclass, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct Handle {
    call: Mutex<Option<Call>>,
    cancelled: AtomicBool,
    /// A timer's loop, which counts those that are cancelled before their time.
    timer: Option<(f64, Arc<Shared>)>,
    /// The stack that it was made on, in debug mode.
    source: Option<Py<PyAny>>,
}

#[derive(Debug)]
struct Call {
    callback: Py<PyAny>,
    args: Py<PyTuple>,
    context: Py<PyAny>,
}

impl Handle {
    pub(super) fn new(
        callback: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        context: Option<&Bound<'_, PyAny>>,
        timer: Option<(f64, Arc<Shared>)>,
        source: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let context = match context {
            Some(context) if !context.is_none() => context.clone(),
            _ => context::copy_current(callback.py())?,
        };
        let call = Call {
            callback: callback.clone().unbind(),
            args: args.clone().unbind(),
            context: context.unbind(),
        };
        Ok(Self { call: Mutex::new(Some(call)), cancelled: AtomicBool::new(false), timer, source })
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Acquire)
    }

    /// Runs the callback. What it raises goes to the loop's exception handler; what ends a program is returned.
    pub(super) fn run(slf: &Bound<'_, Self>, event_loop: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let Some(call) = lock(&slf.get().call).take() else { return Ok(()) };
        let outcome = context::enter(call.context.bind(py)).and_then(|_entered| {
            let args = call.args.bind(py);
            if args.is_empty() { call.callback.call0(py) } else { call.callback.call1(py, args.clone()) }
        });
        match outcome {
            Ok(_) => Ok(()),
            Err(error)
                if error.is_instance_of::<PySystemExit>(py)
                    || error.is_instance_of::<PyKeyboardInterrupt>(py) =>
            {
                Err(error)
            }
            Err(error) => report(slf, &call.callback, error, event_loop),
        }
    }
}

/// Tells the loop's exception handler, in the words of asyncio.
fn report(
    handle: &Bound<'_, Handle>,
    callback: &Py<PyAny>,
    error: PyErr,
    event_loop: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = handle.py();
    let told = PyDict::new(py);
    let shown = callback.bind(py).repr().map_or_else(|_| String::new(), |text| text.to_string());
    told.set_item(intern!(py, "message"), format!("Exception in callback {shown}"))?;
    told.set_item(intern!(py, "exception"), error)?;
    told.set_item(intern!(py, "handle"), handle)?;
    if let Some(source) = &handle.get().source {
        told.set_item(intern!(py, "source_traceback"), source)?;
    }
    event_loop.call_method1(intern!(py, "call_exception_handler"), (told,)).map(drop)
}

#[pymethods]
impl Handle {
    /// Forgets the callback.
    fn cancel(&self) {
        if self.cancelled.swap(true, AcqRel) {
            return;
        }
        let call = lock(&self.call).take();
        if let (Some(_), Some((_, shared))) = (&call, &self.timer) {
            let stale = lock(&shared.timers).cancelled();
            drop(stale);
        }
        drop(call);
    }

    fn cancelled(&self) -> bool {
        self.is_cancelled()
    }

    #[getter]
    fn _source_traceback(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.source.as_ref().map(|source| source.clone_ref(py))
    }

    /// The context the callback runs in.
    fn get_context(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        lock(&self.call).as_ref().map(|call| call.context.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let callback = lock(&self.call).as_ref().map(|call| call.callback.clone_ref(py));
        let kind = if self.timer.is_some() { "TimerHandle" } else { "Handle" };
        let when = self.timer.as_ref().map(|(when, _)| format!(" when={when}")).unwrap_or_default();
        match callback {
            _ if self.is_cancelled() => format!("<{kind} cancelled{when}>"),
            Some(callback) => {
                let shown = callback.bind(py).repr().map_or_else(|_| "?".to_owned(), |text| text.to_string());
                format!("<{kind}{when} {shown}>")
            }
            None => format!("<{kind} ran{when}>"),
        }
    }
}

/// A [`Handle`] with a time. Stands in for `asyncio.TimerHandle`.
#[pyclass(frozen, extends = Handle, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct TimerHandle {
    when: f64,
}

impl TimerHandle {
    pub(super) fn new(when: f64, handle: Handle) -> PyClassInitializer<Self> {
        PyClassInitializer::from(handle).add_subclass(Self { when })
    }
}

#[pymethods]
impl TimerHandle {
    /// The time of the loop's clock at which the callback is due, seconds.
    fn when(&self) -> f64 {
        self.when
    }
}
