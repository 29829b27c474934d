//! Callbacks that are due later.

use super::handle::Handle;
use pyo3::prelude::*;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Fewer cancelled timers than this are left where they are.
const FEW: usize = 100;

#[derive(Debug)]
pub(super) struct Timer {
    pub(super) when: f64,
    /// Those of one time run in the order in which they were set.
    order: u64,
    pub(super) handle: Py<Handle>,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.when.total_cmp(&other.when).then(self.order.cmp(&other.order))
    }
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    cancelled: usize,
    next: u64,
}

impl Timers {
    /// Whether it is the first of all, so that the round must come earlier.
    pub(super) fn set(&mut self, when: f64, handle: Py<Handle>) -> bool {
        let order = self.next;
        self.next += 1;
        let first = self.earliest().is_none_or(|earliest| when < earliest);
        self.heap.push(Reverse(Timer { when, order, handle }));
        first
    }

    pub(super) fn earliest(&self) -> Option<f64> {
        self.heap.peek().map(|Reverse(timer)| timer.when)
    }

    /// Takes the first that is due at `now`.
    pub(super) fn pop_due(&mut self, now: f64) -> Option<Timer> {
        if self.earliest()? > now {
            return None;
        }
        let Reverse(timer) = self.heap.pop()?;
        if timer.handle.get().is_cancelled() {
            self.cancelled = self.cancelled.saturating_sub(1);
        }
        Some(timer)
    }

    /// Counts one that was cancelled. When those are more than half, as deadlines of requests are, they are taken out and
    /// returned, to be dropped without the lock.
    pub(super) fn cancelled(&mut self) -> Vec<Reverse<Timer>> {
        self.cancelled += 1;
        if self.cancelled < FEW || self.cancelled * 2 < self.heap.len() {
            return Vec::new();
        }
        self.cancelled = 0;
        let all = std::mem::take(&mut self.heap).into_vec();
        let (stale, alive): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|Reverse(timer)| timer.handle.get().is_cancelled());
        self.heap = alive.into();
        stale
    }
}
