//! The first step of a coroutine, run at once, with a task that is late.

use super::resume::{End, Resume, is_passed_on};
use crate::event_loop::{LoopCore, capture};
use crate::interpreter::{context, coroutine, object};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::iterator::PySendResult;
use pyo3::types::{PyDict, PyType};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

/// What coroutines of one loop begin with.
#[derive(Debug)]
pub(crate) struct Environment {
    event_loop: Py<PyAny>,
    /// Whether `call_soon` of the loop is ours, which hands steps over when asked to.
    is_own: bool,
    /// `hyperserve._task.LateTask`
    class: Py<PyType>,
    enter_task: Py<PyAny>,
    leave_task: Py<PyAny>,
    /// `types.CoroutineType`
    coroutine: Py<PyAny>,
    /// The context that each request's is a copy of.
    context: Py<PyAny>,
    /// Tasks are initialised before the first step.
    at_once: bool,
    /// A task that was never initialised, and that nobody has heard of.
    spare: Mutex<Option<Py<PyAny>>>,
}

impl Environment {
    /// In the context this thread is in.
    pub(crate) fn new(event_loop: &Bound<'_, PyAny>, at_once: bool) -> PyResult<Self> {
        let py = event_loop.py();
        let tasks = py.import("asyncio.tasks")?;
        Ok(Self {
            event_loop: event_loop.clone().unbind(),
            is_own: event_loop.is_instance_of::<LoopCore>(),
            class: py.import("hyperserve._task")?.getattr("LateTask")?.cast_into::<PyType>()?.unbind(),
            enter_task: tasks.getattr("_enter_task")?.unbind(),
            leave_task: tasks.getattr("_leave_task")?.unbind(),
            coroutine: py.import("types")?.getattr("CoroutineType")?.unbind(),
            context: context::copy_current(py)?.unbind(),
            at_once,
            spare: Mutex::new(None),
        })
    }

    /// An object that may become a task.
    fn allocate<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        match spare {
            Some(spare) => Ok(spare.into_bound(py)),
            None => object::allocate(self.class.bind(py)),
        }
    }

    /// Keeps an object that was not initialised for the next request.
    fn keep(&self, task: Py<PyAny>) {
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    pub(crate) fn event_loop<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.event_loop.bind(py)
    }

    /// Coroutines are taken as they are; other awaitables are asked for their iterator, as `await` does.
    fn coroutine_of<'py>(&self, awaitable: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = awaitable.py();
        if awaitable.get_type().is(&self.coroutine) {
            return Ok(awaitable);
        }
        match awaitable.getattr_opt(intern!(py, "__await__"))? {
            Some(iterate) => iterate.call0(),
            None => {
                let name = awaitable.get_type().qualname()?;
                Err(PyTypeError::new_err(format!(
                    "the ASGI application returned {name}, which cannot be awaited: is it an `async def`?"
                )))
            }
        }
    }

    /// `asyncio.Task.__init__`, with the step that it schedules handed over.
    fn initialise(
        &self,
        py: Python<'_>,
        task: &Bound<'_, PyAny>,
        coroutine: &Bound<'_, PyAny>,
        in_context: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let options = PyDict::new(py);
        options.set_item(intern!(py, "loop"), &self.event_loop)?;
        options.set_item(intern!(py, "context"), in_context)?;
        let make = || task.call_method(intern!(py, "__init__"), (coroutine,), Some(&options)).map(drop);
        if self.is_own {
            return capture(make);
        }
        self.capture_from_stock(py, make)
    }

    /// A loop that is not ours is given another `call_soon` for the moment.
    fn capture_from_stock(
        &self,
        py: Python<'_>,
        make: impl FnOnce() -> PyResult<()>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let event_loop = self.event_loop.bind(py);
        let call_soon = intern!(py, "call_soon");
        let taken = py.import(intern!(py, "hyperserve._task"))?.getattr(intern!(py, "Captured"))?.call0()?;
        event_loop.setattr(call_soon, &taken)?;
        let made = make();
        event_loop.delattr(call_soon)?;
        made?;
        let step = taken.getattr(intern!(py, "step"))?;
        Ok(Some(step.unbind()).filter(|step| !step.is_none(py)))
    }
}

/// The coroutine whose first step is under way on this thread.
struct Stepping {
    environment: Arc<Environment>,
    task: Py<PyAny>,
    coroutine: Option<Py<PyAny>>,
    context: Py<PyAny>,
    real: Option<Real>,
}

/// A task that has been initialised, and the step that it scheduled.
struct Real {
    resume: Py<Resume>,
    step: Option<Py<PyAny>>,
}

thread_local! {
    static STEPPING: RefCell<Option<Stepping>> = const { RefCell::new(None) };
}

/// How a first step went.
pub(crate) enum Begun {
    /// The coroutine returned or raised.
    Ended(Result<(), PyErr>),
    /// It goes on as a task.
    Suspended,
}

/// Calls the application for its coroutine and runs the first step, in a context and with a task of its own. If the
/// coroutine suspends, `end` makes of its task who hears of its end.
///
/// # Errors
///
/// When Python cannot make a context or a task; what the application raises is in [`Begun::Ended`].
pub(crate) fn begin<'py>(
    py: Python<'py>,
    environment: &Arc<Environment>,
    call: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    end: impl FnOnce(&Bound<'py, PyAny>) -> Box<dyn End>,
) -> PyResult<Begun> {
    let in_context = context::copy(environment.context.bind(py))?;
    let task = environment.allocate(py)?;
    let before = STEPPING.replace(Some(Stepping {
        environment: Arc::clone(environment),
        task: task.clone().unbind(),
        coroutine: None,
        context: in_context.clone().unbind(),
        real: None,
    }));
    let step = first_step(py, environment, &in_context, &task, call);
    let stepping = STEPPING.replace(before);
    let Some(mut stepping) = stepping else { return step.map(|_| Begun::Suspended) };
    stepping.task = py.None();
    match step {
        Ok(PySendResult::Next(value)) => {
            let real = stepping.realise(py, &task)?;
            suspend(py, environment, real, value, &in_context, end(&task))?;
            Ok(Begun::Suspended)
        }
        Ok(PySendResult::Return(_)) => {
            stepping.complete(py, task, None)?;
            Ok(Begun::Ended(Ok(())))
        }
        Err(error) => {
            let passes = is_passed_on(py, &error).then(|| error.clone_ref(py));
            stepping.complete(py, task, passes)?;
            Ok(Begun::Ended(Err(error)))
        }
    }
}

/// Initialises the task of the first step that is under way, if `task` is it; any other is initialised already.
#[pyfunction]
pub(crate) fn realize(task: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = task.py();
    let is_it = |stepping: &Stepping| stepping.task.is(task) && stepping.real.is_none();
    let Some(mut stepping) = STEPPING.take() else { return Ok(()) };
    let outcome = if is_it(&stepping) { stepping.realise(py, task).map(drop) } else { Ok(()) };
    STEPPING.set(Some(stepping));
    outcome
}

fn first_step<'py>(
    py: Python<'py>,
    environment: &Environment,
    in_context: &Bound<'py, PyAny>,
    task: &Bound<'py, PyAny>,
    call: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<PySendResult<'py>> {
    let _entered = context::enter(in_context)?;
    environment.enter_task.bind(py).call1((&environment.event_loop, task))?;
    if environment.at_once {
        realize(task)?;
    }
    let step = call().and_then(|awaitable| environment.coroutine_of(awaitable)).and_then(|coroutine| {
        STEPPING.with_borrow_mut(|stepping| {
            if let Some(stepping) = stepping {
                stepping.coroutine = Some(coroutine.clone().unbind());
                if let Some(real) = &stepping.real {
                    real.resume.get().set_coroutine(coroutine.clone().unbind());
                }
            }
        });
        coroutine::send(&coroutine, py.None().bind(py))
    });
    environment.leave_task.bind(py).call1((&environment.event_loop, task))?;
    step
}

/// The task takes over: it steps at once to wait for what the coroutine waits for, or in the next round after a bare yield.
fn suspend(
    py: Python<'_>,
    environment: &Environment,
    real: Real,
    value: Bound<'_, PyAny>,
    in_context: &Bound<'_, PyAny>,
    end: Box<dyn End>,
) -> PyResult<()> {
    let waits_for = Some(value).filter(|value| !value.is_none());
    let at_once = waits_for.is_some();
    real.resume.get().suspended(waits_for.map(Bound::unbind), end);
    let Some(step) = real.step else { return Ok(()) };
    if at_once {
        let _entered = context::enter(in_context)?;
        return step.call0(py).map(drop);
    }
    let options = PyDict::new(py);
    options.set_item(intern!(py, "context"), in_context)?;
    environment.event_loop(py).call_method(intern!(py, "call_soon"), (step,), Some(&options)).map(drop)
}

impl Stepping {
    /// Initialises the task, if that has not been done.
    fn realise(&mut self, py: Python<'_>, task: &Bound<'_, PyAny>) -> PyResult<Real> {
        if let Some(real) = &self.real {
            let step = real.step.as_ref().map(|step| step.clone_ref(py));
            return Ok(Real { resume: real.resume.clone_ref(py), step });
        }
        let coroutine = self.coroutine.as_ref().map(|coroutine| coroutine.clone_ref(py));
        let resume = Bound::new(py, Resume::new(coroutine))?;
        let step = self.environment.initialise(py, task, resume.as_any(), self.context.bind(py))?;
        let kept = step.as_ref().map(|step| step.clone_ref(py));
        self.real = Some(Real { resume: resume.clone().unbind(), step: kept });
        Ok(Real { resume: resume.unbind(), step })
    }

    /// The first step was the last. A task that somebody knows of ends as tasks do; one that nobody does is forgotten.
    fn complete(mut self, py: Python<'_>, task: Bound<'_, PyAny>, error: Option<PyErr>) -> PyResult<()> {
        if self.real.is_none() && object::has_holders(&task, 1) {
            self.environment.keep(task.unbind());
            return Ok(());
        }
        let real = self.realise(py, &task)?;
        real.resume.get().completed(error);
        let Some(step) = real.step else { return Ok(()) };
        let in_context = self.context.bind(py);
        let _entered = context::enter(in_context)?;
        step.call0(py).map(drop)
    }
}
