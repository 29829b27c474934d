//! The coroutine that a late task is initialised with: the rest of one whose first step was run without it.

use crate::asgi::raised;
use crate::interpreter::coroutine;
use pyo3::exceptions::asyncio::CancelledError;
use pyo3::exceptions::{PyAttributeError, PyKeyboardInterrupt, PyRuntimeError, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::iterator::PySendResult;
use pyo3::types::{PyString, PyTuple};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Who hears of the end of a coroutine: what it raised, or nothing. Called once.
pub(crate) trait End: Send + Sync {
    /// `outcome` is an error unless it returned; cancellation is an error too.
    fn ended(&self, py: Python<'_>, outcome: Result<(), PyErr>);
}

/// What the next step of the task finds.
enum Next {
    /// The first step is being run, and the task is not to step.
    Running,
    /// What the first step waits for; `None` stands for a bare `yield`, whose turn has come when the task steps.
    Waits(Option<Py<PyAny>>),
    /// Steps go to the coroutine.
    Forward,
    /// The coroutine has ended; the task is to end so too.
    Ended(Option<PyErr>),
}

/// Stands between an `asyncio.Task` and the coroutine whose first step is behind it.
#[pyclass(frozen, weakref, module = "hyperserve")]
pub(crate) struct Resume {
    coroutine: OnceLock<Py<PyAny>>,
    next: Mutex<Next>,
    end: Mutex<Option<Box<dyn End>>>,
}

impl Resume {
    /// In the middle of the first step. The coroutine is not there yet if the application touches its task before it
    /// returns one.
    pub(super) fn new(coroutine: Option<Py<PyAny>>) -> Self {
        let coroutine = coroutine.map(OnceLock::from).unwrap_or_default();
        Self { coroutine, next: Mutex::new(Next::Running), end: Mutex::new(None) }
    }

    pub(super) fn set_coroutine(&self, coroutine: Py<PyAny>) {
        // It is set once: by `new` or here.
        drop(self.coroutine.set(coroutine));
    }

    fn coroutine<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let coroutine = self.coroutine.get().map(|coroutine| coroutine.bind(py));
        coroutine.ok_or_else(|| PyRuntimeError::new_err("the application has returned no coroutine"))
    }

    /// The first step has suspended.
    pub(super) fn suspended(&self, waits_for: Option<Py<PyAny>>, end: Box<dyn End>) {
        *self.end() = Some(end);
        self.set(Next::Waits(waits_for));
    }

    /// The first step was the last.
    pub(super) fn completed(&self, error: Option<PyErr>) {
        self.set(Next::Ended(error));
    }

    fn set(&self, next: Next) -> Next {
        std::mem::replace(&mut *self.next.lock().unwrap_or_else(PoisonError::into_inner), next)
    }

    fn end(&self) -> MutexGuard<'_, Option<Box<dyn End>>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes on what the coroutine did.
    fn settle<'py>(
        &self,
        py: Python<'py>,
        step: PyResult<PySendResult<'py>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match step {
            Ok(PySendResult::Next(value)) => Ok(Some(value)),
            Ok(PySendResult::Return(_)) => {
                self.tell(py, Ok(()));
                Ok(None)
            }
            Err(error) => self.settle_error(py, error),
        }
    }

    /// What a handler raises is told and logged; the task itself ends quietly, unless it was cancelled or the program is
    /// to end.
    fn settle_error<'py>(&self, py: Python<'py>, error: PyErr) -> PyResult<Option<Bound<'py, PyAny>>> {
        let passes = is_passed_on(py, &error);
        let raised = passes.then(|| error.clone_ref(py));
        self.tell(py, Err(error));
        raised.map_or(Ok(None), Err)
    }

    fn tell(&self, py: Python<'_>, outcome: Result<(), PyErr>) {
        let end = self.end().take();
        if let Some(end) = end {
            end.ended(py, outcome);
        }
    }

    fn step<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.set(Next::Forward) {
            Next::Waits(Some(waits_for)) => Ok(Some(waits_for.into_bound(py))),
            Next::Ended(error) => error.map_or(Ok(None), Err),
            Next::Running | Next::Waits(None) | Next::Forward => {
                self.settle(py, coroutine::send(self.coroutine(py)?, value))
            }
        }
    }
}

/// Cancellation ends a task as cancelled; Ctrl+C ends the program.
pub(super) fn is_passed_on(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<CancelledError>(py) || error.is_instance_of::<PyKeyboardInterrupt>(py)
}

#[pymethods]
impl Resume {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.step(py, py.None().bind(py))
    }

    fn send<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.step(value.py(), value)?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    /// Raises in the coroutine, at the place where it waits.
    #[pyo3(signature = (*args))]
    fn throw<'py>(&self, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        match self.set(Next::Forward) {
            // A task that was cancelled in its first step cancels what it then waits for, and waits for that.
            Next::Waits(Some(waits_for)) => {
                waits_for.call_method0(py, intern!(py, "cancel"))?;
                return Ok(waits_for.into_bound(py));
            }
            Next::Ended(_) => return Err(raised(args)?),
            Next::Running | Next::Waits(None) | Next::Forward => {}
        }
        let outcome = self.coroutine(py)?.call_method1(intern!(py, "throw"), args.clone());
        let step = match outcome {
            Ok(value) => Ok(PySendResult::Next(value)),
            Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
                Ok(PySendResult::Return(py.None().into_bound(py)))
            }
            Err(error) => Err(error),
        };
        self.settle(py, step)?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.set(Next::Ended(None));
        let closed = self.coroutine(py)?.call_method0(intern!(py, "close"));
        self.tell(py, closed.as_ref().map(drop).map_err(|error| error.clone_ref(py)));
        closed.map(drop)
    }

    /// Frames, names and the like are the coroutine's.
    fn __getattr__<'py>(&self, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        match self.coroutine.get() {
            Some(coroutine) => coroutine.bind(name.py()).getattr(name),
            None => Err(PyAttributeError::new_err(name.clone().unbind())),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.coroutine(py)?.repr()?.to_string())
    }
}
