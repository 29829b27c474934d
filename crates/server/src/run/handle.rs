//! A running server's remote control.

use crate::Metrics;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};
use tokio::sync::watch;

/// Stops a server and tells how it does. Cheap to clone; works from any thread.
#[derive(Clone)]
pub struct Handle {
    inner: Arc<Inner>,
}

struct Inner {
    ready: AtomicBool,
    wish: watch::Sender<Wish>,
    metrics: Metrics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    Serve,
    Stop,
    Force,
}

impl Handle {
    pub(super) fn new(metrics: Metrics) -> Self {
        Self {
            inner: Arc::new(Inner {
                ready: AtomicBool::new(false),
                wish: watch::Sender::new(Wish::Serve),
                metrics,
            }),
        }
    }

    /// Begins a graceful drain. A second call changes nothing.
    pub fn stop(&self) {
        self.wish(Wish::Stop);
    }

    /// Cuts what is open and stops.
    pub fn force(&self) {
        self.wish(Wish::Force);
    }

    /// Whether the server accepts connections and is not draining: what a readiness probe should answer.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.inner.ready.load(Acquire)
    }

    /// The server's counters.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(super) fn set_ready(&self, ready: bool) {
        self.inner.ready.store(ready, Release);
    }

    pub(super) fn stop_or_force(&self) {
        let stopping = *self.inner.wish.borrow() >= Wish::Stop;
        self.wish(if stopping { Wish::Force } else { Wish::Stop });
    }

    fn wish(&self, wish: Wish) {
        self.inner.wish.send_if_modified(|current| {
            let raised = wish > *current;
            *current = wish.max(*current);
            raised
        });
    }

    pub(super) async fn stopped(&self) {
        self.reached(Wish::Stop).await;
    }

    /// Waits for `future`, or less when the stop is forced.
    pub(super) async fn or_forced(&self, future: impl Future<Output = ()>) {
        tokio::select! {
            () = future => {}
            () = self.reached(Wish::Force) => {}
        }
    }

    async fn reached(&self, wish: Wish) {
        // The sender lives in `self`, so this cannot fail.
        drop(self.inner.wish.subscribe().wait_for(|current| *current >= wish).await);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("ready", &self.is_ready())
            .field("wish", &*self.inner.wish.borrow())
            .finish()
    }
}
