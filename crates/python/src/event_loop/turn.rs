//! One round of the loop, as a task of the runtime.

use super::core::selector;
use super::handle::Handle;
use super::shared::{Ready, Shared, lock};
use crate::interpreter::descriptor::watch;
use hyperserve_server::Batching;
use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::intern;
use pyo3::prelude::*;
use std::future::Future;
use std::io;
use std::os::fd::RawFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, Sleep};

/// The runtime's timers are whole milliseconds, rounded up: a callback may run this much early, seconds.
const EARLY: f64 = 0.0005;

/// The clock of the timers: that of `time.monotonic()`.
pub(super) fn now() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

pub(super) struct Turn {
    event_loop: Py<PyAny>,
    selector: Py<PyAny>,
    shared: Arc<Shared>,
    /// The selector's own descriptor, which is readable when one of its descriptors has an event.
    fd: AsyncFd<RawFd>,
    /// Events may be left: a descriptor of a selector tells of a new event once (edge), not while there are some.
    hot: bool,
    alarm: Pin<Box<Sleep>>,
    alarm_at: Option<f64>,
    /// Lets the runtime look at its sockets before the next round.
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Turn {
    /// On a runtime that this thread has entered.
    pub(super) fn new(event_loop: &Bound<'_, PyAny>, shared: Arc<Shared>) -> PyResult<Self> {
        let py = event_loop.py();
        let selector = selector(event_loop)?;
        let fd: RawFd = selector.call_method0(intern!(py, "fileno"))?.extract()?;
        Ok(Self {
            event_loop: event_loop.clone().unbind(),
            selector: selector.unbind(),
            shared,
            fd: watch(fd)?,
            hot: true,
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            alarm_at: None,
            pause: None,
        })
    }

    fn round(&mut self, py: Python<'_>, cx: &mut Context<'_>) -> PyResult<()> {
        py.check_signals()?;
        self.take_due();
        self.take_events(py, cx)?;
        let event_loop = self.event_loop.bind(py);
        let slow = if self.shared.is_debug() { slow_duration(event_loop) } else { None };
        for _ in 0..self.shared.len() {
            let Some(ready) = self.shared.pop() else { break };
            run(py, &ready, event_loop, slow)?;
        }
        Ok(())
    }

    /// Timers whose time has come join the queue.
    fn take_due(&mut self) {
        if lock(&self.shared.timers).earliest().is_none() {
            return;
        }
        let due = now() + EARLY;
        loop {
            let timer = lock(&self.shared.timers).pop_due(due);
            let Some(timer) = timer else { break };
            if !timer.handle.get().is_cancelled() {
                self.shared.push(Ready::Own(timer.handle));
            }
        }
    }

    /// Events of Python's own descriptors join the queue.
    fn take_events(&mut self, py: Python<'_>, cx: &mut Context<'_>) -> io::Result<()> {
        while let Poll::Ready(ready) = self.fd.poll_read_ready(cx) {
            ready?.clear_ready();
            self.hot = true;
        }
        if self.hot {
            self.hot = self.select(py).map_err(io::Error::other)?;
        }
        Ok(())
    }

    fn select(&self, py: Python<'_>) -> PyResult<bool> {
        let events = self.selector.bind(py).call_method1(intern!(py, "select"), (0,))?;
        let any = events.is_truthy()?;
        if any {
            self.event_loop.bind(py).call_method1(intern!(py, "_process_events"), (events,))?;
        }
        Ok(any)
    }

    /// Whether the next timer is due already.
    fn set_alarm(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(earliest) = lock(&self.shared.timers).earliest() else { return false };
        if self.alarm_at != Some(earliest) {
            let wait = Duration::try_from_secs_f64(earliest - now()).unwrap_or(if earliest > now() {
                Duration::from_secs(86_400)
            } else {
                Duration::ZERO
            });
            self.alarm.as_mut().reset(Instant::now() + wait.min(Duration::from_secs(86_400)));
            self.alarm_at = Some(earliest);
        }
        let rang = self.alarm.as_mut().poll(cx).is_ready();
        if rang {
            self.alarm_at = None;
        }
        rang
    }

    /// Comes again once the runtime has looked at its sockets.
    fn again(&mut self, cx: &mut Context<'_>) {
        self.shared.stay_awake();
        Batching::flush();
        let mut pause: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(tokio::task::yield_now());
        if pause.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        self.pause = Some(pause);
    }
}

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.pause = None;
        this.shared.begin_round(cx.waker());
        if this.shared.has_ended() {
            // The run is over: what is ready waits for the next.
            return Poll::Pending;
        }
        Python::attach(|py| {
            if let Err(error) = this.round(py, cx) {
                this.shared.fail(error);
            }
        });
        if this.shared.is_stopping() {
            this.shared.end_run();
        }
        let due = this.set_alarm(cx);
        if due || this.hot || this.shared.len() > 0 {
            this.again(cx);
        }
        Poll::Pending
    }
}

fn run(py: Python<'_>, ready: &Ready, event_loop: &Bound<'_, PyAny>, slow: Option<Duration>) -> PyResult<()> {
    let watched = slow.map(|slow| (slow, Instant::now(), shown(py, ready)));
    let outcome = match ready {
        Ready::Own(handle) => Handle::run(handle.bind(py), event_loop),
        Ready::Stock(handle) => run_stock(handle.bind(py)),
    };
    if let Some((slow, started, shown)) = watched
        && started.elapsed() >= slow
    {
        warn_of_slow(py, &shown, started.elapsed())?;
    }
    outcome
}

fn shown(py: Python<'_>, ready: &Ready) -> String {
    let shown = match ready {
        Ready::Own(handle) => handle.bind(py).repr(),
        Ready::Stock(handle) => handle.bind(py).repr(),
    };
    shown.map_or_else(|_| "a callback".to_owned(), |text| text.to_string())
}

/// `asyncio.Handle._run` tells the loop of what is raised; what ends a program comes back.
fn run_stock(handle: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = handle.py();
    if handle.getattr(intern!(py, "_cancelled"))?.is_truthy()? {
        return Ok(());
    }
    match handle.call_method0(intern!(py, "_run")) {
        Ok(_) => Ok(()),
        Err(error)
            if error.is_instance_of::<PySystemExit>(py)
                || error.is_instance_of::<PyKeyboardInterrupt>(py) =>
        {
            Err(error)
        }
        Err(error) => {
            error.write_unraisable(py, Some(handle));
            Ok(())
        }
    }
}

fn slow_duration(event_loop: &Bound<'_, PyAny>) -> Option<Duration> {
    let seconds: f64 =
        event_loop.getattr(intern!(event_loop.py(), "slow_callback_duration")).ok()?.extract().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// asyncio's words, on asyncio's logger.
fn warn_of_slow(py: Python<'_>, shown: &str, took: Duration) -> PyResult<()> {
    let logger = py.import(intern!(py, "asyncio.log"))?.getattr(intern!(py, "logger"))?;
    let message = format!("Executing {shown} took {:.3} seconds", took.as_secs_f64());
    logger.call_method1(intern!(py, "warning"), (message,)).map(drop)
}
