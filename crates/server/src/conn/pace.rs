//! How the peer takes one HTTP/2 response body.
//!
//! hyper asks a body for more only when the peer's window has room, so a body that gave data and is not asked again is
//! waiting for the peer. The task of the stream looks at this after each poll.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Odd while the body waits for the application; every piece given raises it.
#[derive(Debug, Default)]
pub(crate) struct Pace(AtomicU32);

impl Pace {
    pub(super) fn gave(&self) {
        let next = (self.0.load(Relaxed) | 1).wrapping_add(1);
        self.0.store(if next == 0 { 2 } else { next }, Relaxed);
    }

    pub(super) fn waits_for_application(&self) {
        self.0.store(self.0.load(Relaxed) | 1, Relaxed);
    }

    /// A number that changes with each piece; `None` while no peer is waited for.
    pub(crate) fn waits_for_peer(&self) -> Option<u32> {
        let state = self.0.load(Relaxed);
        (state != 0 && state & 1 == 0).then_some(state)
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Pace>>> = const { RefCell::new(None) };
}

/// The pace of the stream whose task is running.
pub(super) fn current() -> Option<Arc<Pace>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Runs `poll` as the task of the stream that `pace` belongs to.
pub(crate) fn within<R>(pace: &Arc<Pace>, poll: impl FnOnce() -> R) -> R {
    let outer = CURRENT.replace(Some(Arc::clone(pace)));
    let result = poll();
    CURRENT.set(outer);
    result
}
