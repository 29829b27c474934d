//! A deadline of its own for one body or stream, on the worker's sweep.

use super::scope::Scope;
use super::timers::{self, Side, Timers};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

/// Joins the sweep when it is first armed, so that a request that never waits costs nothing.
#[derive(Debug)]
pub(crate) struct Deadline {
    scope: Arc<Scope>,
    joined: Option<(Arc<Timers>, usize)>,
}

impl Deadline {
    pub(crate) fn new(scope: Arc<Scope>) -> Self {
        Self { scope, joined: None }
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.joined.as_ref().is_some_and(|(timers, _)| timers.is_set(Side::Read))
    }

    pub(crate) fn arm(&mut self, timeout: Duration, waker: &Waker) {
        let Some(at) = timers::after(timeout) else { return self.clear() };
        let sweep = &self.scope.sweep;
        let (timers, _) = self.joined.get_or_insert_with(|| {
            let timers = Arc::new(Timers::default());
            let slot = sweep.join(Arc::clone(&timers));
            (timers, slot)
        });
        timers.register(waker);
        timers.set(Side::Read, at);
        sweep.expect(at);
    }

    pub(crate) fn clear(&self) {
        if let Some((timers, _)) = &self.joined {
            timers.clear(Side::Read);
        }
    }

    pub(crate) fn is_due(&self) -> bool {
        self.joined.as_ref().is_some_and(|(timers, _)| timers.is_due(Side::Read))
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some((_, slot)) = self.joined.take() {
            self.scope.sweep.leave(slot);
        }
    }
}
