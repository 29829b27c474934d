//! One timer a worker for every deadline of its connections.
//!
//! A tokio timer a request costs about 1,270 instructions; storing a deadline here costs a few. The sweep sleeps until
//! the earliest deadline it knows, wakes the connections whose time has come, and lets them decide what that means.

use super::clock::{self, Millis};
use super::timers::Timers;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Time between looks at connections whose deadline has passed but that are still there.
const AGAIN: Millis = 100;

#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// When the next look is due.
    next: AtomicU64,
    kick: Notify,
    links: Mutex<Links>,
}

#[derive(Debug, Default)]
struct Links {
    slots: Vec<Option<Arc<Timers>>>,
    free: Vec<usize>,
}

impl Sweep {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { next: AtomicU64::new(Millis::MAX), ..Self::default() })
    }

    /// Registers a connection; the slot goes back with [`Sweep::leave`].
    pub(crate) fn join(&self, timers: Arc<Timers>) -> usize {
        let mut links = self.lock();
        if let Some(slot) = links.free.pop() {
            links.slots[slot] = Some(timers);
            return slot;
        }
        links.slots.push(Some(timers));
        links.slots.len() - 1
    }

    pub(crate) fn leave(&self, slot: usize) {
        let mut links = self.lock();
        links.slots[slot] = None;
        links.free.push(slot);
    }

    /// Makes sure that a look happens at `at`.
    pub(crate) fn expect(&self, at: Millis) {
        if at < self.next.load(Relaxed) {
            self.next.fetch_min(at, Relaxed);
            self.kick.notify_one();
        }
    }

    /// Wakes every connection, so that each sees what has changed.
    pub(crate) fn wake_all(&self) {
        let open: Vec<_> = self.lock().slots.iter().flatten().cloned().collect();
        open.iter().for_each(|timers| timers.wake());
    }

    /// Runs until dropped.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            let next = self.next.load(Relaxed);
            let now = clock::now();
            if next <= now {
                self.look(now);
            } else if next == Millis::MAX {
                self.kick.notified().await;
            } else {
                let sleep = tokio::time::sleep(Duration::from_millis(next - now));
                tokio::select! {
                    () = sleep => {}
                    () = self.kick.notified() => {}
                }
            }
        }
    }

    fn look(&self, now: Millis) {
        // Deadlines stored from here on kick; those stored before are seen below.
        self.next.store(Millis::MAX, Relaxed);
        let mut next = Millis::MAX;
        let mut due = Vec::new();
        {
            let links = self.lock();
            for timers in links.slots.iter().flatten() {
                let at = timers.earliest();
                if at <= now {
                    next = next.min(now + AGAIN);
                    due.push(Arc::clone(timers));
                } else {
                    next = next.min(at);
                }
            }
        }
        self.next.fetch_min(next, Relaxed);
        due.iter().for_each(|timers| timers.wake());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
