//! What a loop's core, its handles and its round share.

use super::handle::Handle;
use super::timers::Timers;
use pyo3::prelude::*;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Acquire, Release},
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Something to run in a round.
#[derive(Debug)]
pub(super) enum Ready {
    /// Made by our `call_soon`.
    Own(Py<Handle>),
    /// `asyncio.Handle`, made by code of the base class.
    Stock(Py<PyAny>),
}

/// The state of a loop. No lock is held while Python code can run.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    ready: Mutex<VecDeque<Ready>>,
    pub(super) timers: Mutex<Timers>,
    /// Wakes the round.
    round: Mutex<Option<Waker>>,
    /// The round is to come anyway.
    awake: AtomicBool,
    /// Wakes whoever runs the loop.
    runner: Mutex<Option<Waker>>,
    stopping: AtomicBool,
    /// A round has seen that the loop is to stop.
    ended: AtomicBool,
    /// What ends the run: an exception that must not be swallowed.
    fault: Mutex<Option<PyErr>>,
    closed: AtomicBool,
    debug: AtomicBool,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Queues for the next round.
    pub(super) fn push(&self, ready: Ready) {
        lock(&self.ready).push_back(ready);
        self.wake();
    }

    pub(super) fn pop(&self) -> Option<Ready> {
        lock(&self.ready).pop_front()
    }

    pub(super) fn len(&self) -> usize {
        lock(&self.ready).len()
    }

    /// Empties the queue; what was in it is dropped without the lock.
    pub(super) fn clear(&self) {
        drop(std::mem::take(&mut *lock(&self.ready)));
        drop(std::mem::take(&mut *lock(&self.timers)));
    }

    /// Sees to it that a round comes.
    pub(crate) fn wake(&self) {
        if !self.awake.swap(true, AcqRel)
            && let Some(waker) = lock(&self.round).as_ref()
        {
            waker.wake_by_ref();
        }
    }

    /// At the start of a round: from here on it must be woken again.
    pub(super) fn begin_round(&self, waker: &Waker) {
        let mut round = lock(&self.round);
        if !round.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *round = Some(waker.clone());
        }
        drop(round);
        self.awake.store(false, Release);
    }

    /// The round comes again by itself.
    pub(super) fn stay_awake(&self) {
        self.awake.store(true, Release);
    }

    pub(super) fn await_end(&self, waker: &Waker) {
        *lock(&self.runner) = Some(waker.clone());
    }

    pub(super) fn request_stop(&self) {
        self.stopping.store(true, Release);
        self.wake();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Acquire)
    }

    /// Ends the run with an exception.
    pub(super) fn fail(&self, error: PyErr) {
        *lock(&self.fault) = Some(error);
        self.stopping.store(true, Release);
    }

    /// Lets the runner see that the run is over.
    pub(super) fn end_run(&self) {
        self.ended.store(true, Release);
        if let Some(runner) = lock(&self.runner).as_ref() {
            runner.wake_by_ref();
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Acquire)
    }

    /// Takes the outcome of a run that is over.
    pub(super) fn take_outcome(&self) -> PyResult<()> {
        self.ended.store(false, Release);
        self.stopping.store(false, Release);
        *lock(&self.runner) = None;
        lock(&self.fault).take().map_or(Ok(()), Err)
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Release);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Acquire)
    }

    pub(super) fn set_debug(&self, on: bool) {
        self.debug.store(on, Release);
    }

    pub(super) fn is_debug(&self) -> bool {
        self.debug.load(Acquire)
    }
}

thread_local! {
    /// The callback that the next `call_soon` on this thread hands over instead of queueing it.
    static CAPTURE: RefCell<Capture> = const { RefCell::new(Capture::Off) };
}

#[derive(Debug)]
enum Capture {
    Off,
    Waiting,
    Taken(Py<PyAny>),
}

/// Runs `make` and returns the callback that it gave to `call_soon`, which was not queued. For `Task.__init__`, which
/// schedules the first step of its coroutine so.
pub(crate) fn capture(make: impl FnOnce() -> PyResult<()>) -> PyResult<Option<Py<PyAny>>> {
    CAPTURE.replace(Capture::Waiting);
    let made = make();
    let captured = CAPTURE.replace(Capture::Off);
    made.map(|()| match captured {
        Capture::Taken(step) => Some(step),
        Capture::Off | Capture::Waiting => None,
    })
}

/// Whether the callback was wanted by [`capture`], and is its now.
pub(super) fn is_captured(callback: &Bound<'_, PyAny>) -> bool {
    CAPTURE.with_borrow_mut(|capture| {
        let waits = matches!(capture, Capture::Waiting);
        if waits {
            *capture = Capture::Taken(callback.clone().unbind());
        }
        waits
    })
}
