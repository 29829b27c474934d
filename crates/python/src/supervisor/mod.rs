//! The parent of worker processes: `--workers N` and `--reload`.
//!
//! It binds the sockets once and keeps them open, so that a connection waits while a worker is replaced, and runs no code of
//! the app. Workers are processes of their own making ([`spawner`]); a socket pair to each ([`line`]) carries health checks,
//! counters and the word to stop. One task ([`fleet`]) hears of everything and decides.

mod announcement;
mod backoff;
mod control;
mod event;
mod fleet;
mod inherit;
mod line;
mod mandate;
mod metrics;
mod pid_file;
mod queue;
mod reload;
mod settings;
mod signals;
mod slot;
mod spawner;
mod standing;
mod start;
mod tender;
mod usage;
mod worker;

use pyo3::prelude::*;

pub(crate) use self::control::{Control, Order};
pub(crate) use self::inherit::{Inheritance, is_worker, worker};
pub(crate) use self::pid_file::PidFile;

use self::signals::Signals;
use self::spawner::Interpreter;
use self::start::Prepared;
use crate::command::Options;

/// Runs the workers until the last one has ended; the result is the exit code of the command: 0 after a drain, 1 if nothing
/// could be served.
///
/// # Errors
///
/// Python's `ValueError` outside the main thread, where signals cannot be caught.
pub(crate) fn run(py: Python<'_>, options: &Options) -> PyResult<i32> {
    let prepared = match Prepared::new(options.config(), interpreter(py)?, options.texts()) {
        Ok(prepared) => prepared,
        Err(sentence) => {
            announcement::fail(&sentence);
            return Ok(1);
        }
    };
    let (signals, caught) = Signals::catch(py)?;
    let meanings = signals.meanings();
    let code = py.detach(move || prepared.run(caught, &meanings));
    signals.release(py)?;
    Ok(code.unwrap_or_else(|error| {
        announcement::fail(&error.to_string());
        1
    }))
}

fn interpreter(py: Python<'_>) -> PyResult<Interpreter> {
    let sys = py.import("sys")?;
    // The flags of this interpreter (-X, -W, -E …) are the workers' as well; multiprocessing asks the same function.
    let flags = py.import("subprocess")?.call_method0("_args_from_interpreter_flags");
    Ok(Interpreter {
        program: sys.getattr("executable")?.extract()?,
        flags: flags.and_then(|flags| flags.extract()).unwrap_or_default(),
        path: sys.getattr("path")?.try_iter()?.filter_map(|entry| entry.ok()?.extract().ok()).collect(),
    })
}
