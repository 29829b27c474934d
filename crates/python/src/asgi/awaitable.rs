//! What `receive()` and `send()` return.

use super::cycle::Cycle;
use crate::websocket::Socket;
use pyo3::exceptions::PyStopIteration;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use std::sync::{Mutex, PoisonError};

/// An awaitable that does not suspend. Its value can be had once, as a coroutine's can; without one it is `None` for ever.
#[pyclass(frozen, weakref, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct Done {
    value: Option<Mutex<Option<Py<PyAny>>>>,
}

impl Done {
    const fn nothing() -> Self {
        Self { value: None }
    }

    pub(crate) const fn with(value: Py<PyAny>) -> Self {
        Self { value: Some(Mutex::new(Some(value))) }
    }

    fn value(&self) -> Option<Py<PyAny>> {
        self.value.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl Done {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self) -> PyResult<Option<Py<PyAny>>> {
        match self.value() {
            // Python takes the end of an iterator without an exception for `None`.
            None => Ok(None),
            Some(value) => Err(PyStopIteration::new_err((value,))),
        }
    }

    fn send(&self, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Err(PyStopIteration::new_err((self.value(),)))
    }

    #[pyo3(signature = (*args))]
    fn throw(&self, args: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        drop(self.value());
        Err(raised(args)?)
    }

    fn close(&self) {
        drop(self.value());
    }
}

/// What a [`Waiting`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// The next message for the application.
    Receive,
    /// Room for what it sends.
    Send,
}

/// An awaitable that waits on a future of asyncio's. Nothing is lost when it is cancelled: what it waits for is taken when
/// it resumes.
#[pyclass(frozen, weakref, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct Waiting {
    of: Of,
    wish: Wish,
    /// The future's iterator, once it is awaited.
    waiter: Mutex<Option<Py<PyAny>>>,
}

/// Whom the wish is of.
#[derive(Debug)]
pub(crate) enum Of {
    Request(Py<Cycle>),
    WebSocket(Py<Socket>),
}

impl From<Py<Cycle>> for Of {
    fn from(cycle: Py<Cycle>) -> Self {
        Self::Request(cycle)
    }
}

impl From<Py<Socket>> for Of {
    fn from(socket: Py<Socket>) -> Self {
        Self::WebSocket(socket)
    }
}

impl Of {
    fn outcome(&self, py: Python<'_>, wish: Wish) -> PyResult<Option<Py<PyAny>>> {
        match self {
            Self::Request(cycle) => cycle.get().outcome(py, wish),
            Self::WebSocket(socket) => socket.get().outcome(py, wish),
        }
    }

    fn future<'py>(&self, py: Python<'py>, wish: Wish) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Request(cycle) => cycle.get().future(cycle, py, wish),
            Self::WebSocket(socket) => socket.get().future(py, wish),
        }
    }
}

impl Waiting {
    pub(crate) fn new(of: impl Into<Of>, wish: Wish) -> Self {
        Self { of: of.into(), wish, waiter: Mutex::new(None) }
    }

    fn take(&self) -> Option<Py<PyAny>> {
        self.waiter.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, waiter: Py<PyAny>) {
        *self.waiter.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiter);
    }

    /// Goes on with the future; when it is done, with what it stood for.
    fn proceed<'py>(
        &self,
        py: Python<'py>,
        step: impl Fn(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(waiter) = self.take() {
            match step(waiter.bind(py)) {
                Ok(future) => {
                    self.keep(waiter);
                    return Ok(future);
                }
                Err(error) if error.is_instance_of::<PyStopIteration>(py) => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(value) = self.of.outcome(py, self.wish)? {
            return Err(PyStopIteration::new_err((value,)));
        }
        let future = self.of.future(py, self.wish)?;
        let waiter = future.call_method0(intern!(py, "__await__"))?;
        let yielded = waiter.call_method0(intern!(py, "__next__"))?;
        self.keep(waiter.unbind());
        Ok(yielded)
    }
}

#[pymethods]
impl Waiting {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.proceed(py, |waiter| waiter.call_method0(intern!(py, "__next__")))
    }

    fn send<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = value.py();
        self.proceed(py, |waiter| waiter.call_method1(intern!(py, "send"), (value,)))
    }

    #[pyo3(signature = (*args))]
    fn throw<'py>(&self, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        match self.take() {
            Some(waiter) => waiter.bind(py).call_method1(intern!(py, "throw"), args.clone()),
            None => Err(raised(args)?),
        }
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        match self.take() {
            Some(waiter) => waiter.call_method0(py, intern!(py, "close")).map(drop),
            None => Ok(()),
        }
    }
}

/// The awaitable of everything that has nothing to say, which there is one of.
pub(crate) fn nothing(py: Python<'_>) -> PyResult<Py<PyAny>> {
    static NOTHING: PyOnceLock<Py<Done>> = PyOnceLock::new();
    let done = NOTHING.get_or_try_init(py, || Py::new(py, Done::nothing()))?;
    Ok(done.clone_ref(py).into_any())
}

/// Lets those who wait for these futures go on.
pub(crate) fn resolve(waiting: Vec<Py<PyAny>>) {
    if waiting.is_empty() {
        return;
    }
    Python::attach(|py| {
        for future in waiting {
            let future = future.bind(py);
            let done = future.call_method0(intern!(py, "done")).and_then(|done| done.is_truthy());
            if matches!(done, Ok(false))
                && let Err(error) = future.call_method1(intern!(py, "set_result"), (py.None(),))
            {
                error.write_unraisable(py, Some(future));
            }
        }
    });
}

/// The exception that `throw(type, value, traceback)` or `throw(value)` stands for.
pub(crate) fn raised(args: &Bound<'_, PyTuple>) -> PyResult<PyErr> {
    let value = args.get_item(1).ok().filter(|value| !value.is_none());
    Ok(PyErr::from_value(match value {
        Some(value) => value,
        None => args.get_item(0)?,
    }))
}
