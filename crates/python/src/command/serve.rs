//! From options to a server: in this process, in workers, or as one of them.

use hyperserve::Config;
use hyperserve::command::Failure;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::options::Options;
use super::{failed, log};
use crate::supervisor::{self, Control, Inheritance};

const NO_APPLICATION: &str = "no application: name the module and the application in it, such as `hyperserve main:app` (or set HS_APP, or `app` in a file)";

/// Serves what the command line says; the result is the exit code.
pub(super) fn from_command(py: Python<'_>, config: Config) -> PyResult<i32> {
    if let Err(error) = config.check() {
        return Ok(failed(&error.into()));
    }
    if config.list("app").is_empty() {
        return Ok(failed(&Failure::usage(NO_APPLICATION)));
    }
    serve(py, Options::new(config))
}

/// Serves an application until the process is told to stop; the result is the exit code.
///
/// Raises ValueError for an application that is no name and is to be served by workers, which import it by its name.
#[pyfunction]
pub(crate) fn run(py: Python<'_>, options: Py<Options>) -> PyResult<i32> {
    if supervisor::is_worker() {
        return Err(PyRuntimeError::new_err(
            "the application's module calls hyperserve.run() when it is imported: put the call under `if __name__ == \"__main__\":`",
        ));
    }
    let given = options.get();
    if given.has_application() && has_workers(given.config()) {
        return Err(PyValueError::new_err(
            "`workers`, `reload` and what replaces workers import the application by its name: give it as a text such as \"main:app\"",
        ));
    }
    begin(py, options)
}

/// Serves as a worker; the result is the exit code.
pub(super) fn as_worker(py: Python<'_>, inherited: Inheritance) -> PyResult<i32> {
    let options = Py::new(py, Options::inherited(inherited.options))?;
    log::start(options.get().config());
    work(py, options, Some(Py::new(py, inherited.control)?))
}

fn serve(py: Python<'_>, options: Options) -> PyResult<i32> {
    begin(py, Py::new(py, options)?)
}

fn begin(py: Python<'_>, options: Py<Options>) -> PyResult<i32> {
    log::start(options.get().config());
    if has_workers(options.get().config()) {
        return supervisor::run(py, options.get());
    }
    work(py, options, None)
}

fn work(py: Python<'_>, options: Py<Options>, control: Option<Py<Control>>) -> PyResult<i32> {
    py.import("hyperserve._worker")?.call_method1("main", (options, control))?.extract()
}

/// Whether there is to be a supervisor: over several workers, or over one that it replaces.
fn has_workers(config: &Config) -> bool {
    let is_replaced = config.duration("workers_lifetime").is_some() || config.number("workers_max_rss") > 0;
    config.is_on("reload") || config.number("workers") > 1 || is_replaced
}
