//! The deadlines of one connection, and how to wake it.

use super::clock::{self, Millis};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;
use std::time::Duration;

/// Two deadlines, zero for none: one for what the peer must send, one for what it must take.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    read: AtomicU64,
    write: AtomicU64,
    waker: Mutex<Option<Waker>>,
}

/// Which of the two.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Read,
    Write,
}

impl Timers {
    fn slot(&self, side: Side) -> &AtomicU64 {
        match side {
            Side::Read => &self.read,
            Side::Write => &self.write,
        }
    }

    pub(super) fn set(&self, side: Side, at: Millis) {
        self.slot(side).store(at, Relaxed);
    }

    pub(crate) fn clear(&self, side: Side) {
        self.slot(side).store(0, Relaxed);
    }

    pub(crate) fn is_set(&self, side: Side) -> bool {
        self.slot(side).load(Relaxed) != 0
    }

    /// Whether a deadline is set and has passed.
    pub(crate) fn is_due(&self, side: Side) -> bool {
        let at = self.slot(side).load(Relaxed);
        at != 0 && at <= clock::now()
    }

    pub(super) fn earliest(&self) -> Millis {
        let some = |at: Millis| if at == 0 { Millis::MAX } else { at };
        some(self.read.load(Relaxed)).min(some(self.write.load(Relaxed)))
    }

    /// Names the task that [`Timers::wake`] wakes.
    pub(crate) fn register(&self, waker: &Waker) {
        let mut current = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *current {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    pub(crate) fn wake(&self) {
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// When `timeout` from now ends; `None` when it is zero, which stands for off.
pub(crate) fn after(timeout: Duration) -> Option<Millis> {
    (!timeout.is_zero()).then(|| clock::now().saturating_add(timeout.as_millis() as Millis))
}
