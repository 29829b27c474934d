//! How the peer takes one HTTP/2 response body, and whether its stream goes on.
//!
//! hyper asks a body for more only when the peer's window has room, so a body that gave data and is not asked again is
//! waiting for the peer. The task of the stream looks at this after each poll.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Odd while the body waits for the application; every piece given raises it.
    given: AtomicU32,
    malformed: AtomicBool,
}

impl Pace {
    pub(super) fn gave(&self) {
        let next = (self.given.load(Relaxed) | 1).wrapping_add(1);
        self.given.store(if next == 0 { 2 } else { next }, Relaxed);
    }

    pub(super) fn waits_for_application(&self) {
        self.given.store(self.given.load(Relaxed) | 1, Relaxed);
    }

    /// A number that changes with each piece; `None` while no peer is waited for.
    pub(crate) fn waits_for_peer(&self) -> Option<u32> {
        let state = self.given.load(Relaxed);
        (state != 0 && state & 1 == 0).then_some(state)
    }

    /// The request turned out to be malformed: its stream is reset once the task yields.
    pub(crate) fn reset(&self) {
        self.malformed.store(true, Relaxed);
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.malformed.load(Relaxed)
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Pace>>> = const { RefCell::new(None) };
}

/// The pace of the stream whose task is running.
pub(crate) fn current() -> Option<Arc<Pace>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Runs `poll` as the task of the stream that `pace` belongs to.
pub(crate) fn within<R>(pace: &Arc<Pace>, poll: impl FnOnce() -> R) -> R {
    let outer = CURRENT.replace(Some(Arc::clone(pace)));
    let result = poll();
    CURRENT.set(outer);
    result
}
