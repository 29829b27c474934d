//! The server's shutdown, as one socket hears of it.

use hyperserve_core::{Hold, Shutdown};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

/// Keeps the server from ending while the socket lives, and wakes its task when the server is told to stop.
pub(crate) struct Goodbye {
    shutdown: Shutdown,
    announced: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    waker: Option<Waker>,
    _hold: Hold,
}

impl Goodbye {
    pub(crate) fn new(shutdown: Shutdown) -> Self {
        Self { announced: None, waker: None, _hold: shutdown.hold(), shutdown }
    }

    /// Whether the server is going down; if not, the task is woken when it is.
    #[inline]
    pub(super) fn is_due(&mut self, cx: &mut Context<'_>) -> bool {
        if self.shutdown.is_triggered() {
            return true;
        }
        if self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return false;
        }
        self.waker = Some(cx.waker().clone());
        let shutdown = &self.shutdown;
        self.announced.get_or_insert_with(|| Box::pin(shutdown.triggered())).as_mut().poll(cx).is_ready()
    }
}

impl fmt::Debug for Goodbye {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Goodbye").field("shutdown", &self.shutdown).finish_non_exhaustive()
    }
}
