//! The signals of a supervisor, by way of Python's own handlers, so that a program that calls `hyperserve.run` has its
//! handlers back afterwards.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

/// What a signal asks of a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGTERM, SIGINT: drain and end; a second one cuts, a third kills.
    Stop,
    /// SIGHUP: every worker is replaced, one by one.
    Restart,
    /// SIGTTIN: one worker more.
    More,
    /// SIGTTOU: one worker less.
    Less,
}

const NAMES: [(&str, Signal); 5] = [
    ("SIGTERM", Signal::Stop),
    ("SIGINT", Signal::Stop),
    ("SIGHUP", Signal::Restart),
    ("SIGTTIN", Signal::More),
    ("SIGTTOU", Signal::Less),
];

/// Signals that are caught for as long as this is held; see [`release`](Self::release).
#[derive(Debug)]
pub(super) struct Signals {
    /// Number, meaning, and the handler that was there.
    caught: Vec<(i32, Signal, Py<PyAny>)>,
    wakeup: i32,
    written: UnixStream,
}

impl Signals {
    /// Catches them; their numbers come as bytes out of the stream.
    ///
    /// # Errors
    ///
    /// Python's `ValueError` outside the main thread.
    pub(super) fn catch(py: Python<'_>) -> PyResult<(Self, UnixStream)> {
        let signal = py.import("signal")?;
        let (read, written) = pair()?;
        let quiet = PyDict::new(py);
        quiet.set_item("warn_on_full_buffer", false)?;
        let wakeup = signal.call_method("set_wakeup_fd", (written.as_raw_fd(),), Some(&quiet))?.extract()?;
        let mut signals = Self { caught: Vec::new(), wakeup, written };
        let handler = PyCFunction::new_closure(py, None, None, ignore)?;
        for (name, meaning) in NAMES {
            let number: i32 = signal.getattr(name)?.extract()?;
            let before = signal.call_method1("signal", (number, &handler))?;
            // None is a handler that Python did not set and cannot set again.
            let before = if before.is_none() { signal.getattr("SIG_DFL")? } else { before };
            signals.caught.push((number, meaning, before.unbind()));
        }
        Ok((signals, read))
    }

    /// What a byte of the stream means.
    pub(super) fn meanings(&self) -> Vec<(u8, Signal)> {
        let byte = |number: i32| u8::try_from(number).unwrap_or_default();
        self.caught.iter().map(|(number, meaning, _)| (byte(*number), *meaning)).collect()
    }

    /// Puts everything back.
    pub(super) fn release(self, py: Python<'_>) -> PyResult<()> {
        // Python runs its handlers late: ours, which do nothing, are to meet the signals that have come.
        py.check_signals()?;
        let signal = py.import("signal")?;
        signal.call_method1("set_wakeup_fd", (self.wakeup,))?;
        for (number, _, before) in &self.caught {
            signal.call_method1("signal", (*number, before))?;
        }
        drop(self.written);
        Ok(())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a Python function")]
fn ignore(_: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    Ok(())
}

fn pair() -> io::Result<(UnixStream, UnixStream)> {
    let (read, written) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    written.set_nonblocking(true)?;
    Ok((read, written))
}
