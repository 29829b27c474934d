//! Small writes of a worker's connections leave together, when the worker is about to wait.
//!
//! One `send` a response wakes the peer's core once a response. Held back until the worker has nothing else to do, the
//! writes of a whole round of events go out in one run, which measured 6 % less CPU on plaintext and 25 % with slow
//! handlers. Bounds: [`MOST`] connections, [`OLDEST`] of age, [`SMALL`] bytes a connection; above that a write goes
//! straight to the socket, with the socket's own backpressure.
//!
//! Batching is on only on threads that promise to call [`flush_batch`] before they wait ([`Batching::enter`]); elsewhere
//! writes go straight out.

use super::clock;
use super::socket::Output;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of one connection that may wait.
pub(super) const SMALL: usize = 16 * 1024;
/// Connections that may wait.
const MOST: usize = 64;
/// How long the first of them may wait while others are served.
const OLDEST: Duration = Duration::from_micros(500);
/// Buffers kept for the next round.
const SPARE: usize = MOST;

#[derive(Default)]
struct Batch {
    waiting: Vec<Arc<Output>>,
    since: Option<Instant>,
    spare: Vec<Vec<u8>>,
}

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static BATCH: RefCell<Batch> = RefCell::default();
}

/// Batching on this thread, for as long as the value lives.
#[derive(Debug)]
pub(crate) struct Batching(());

impl Batching {
    pub(crate) fn enter() -> Self {
        ON.set(true);
        Self(())
    }
}

impl Drop for Batching {
    fn drop(&mut self) {
        ON.set(false);
        flush_batch();
    }
}

pub(super) fn is_on() -> bool {
    ON.get()
}

/// An empty buffer, with room if one is spare.
pub(super) fn buffer() -> Vec<u8> {
    BATCH.with_borrow_mut(|batch| batch.spare.pop()).unwrap_or_else(|| Vec::with_capacity(1024))
}

/// Takes a buffer back.
pub(super) fn recycle(mut buffer: Vec<u8>) {
    buffer.clear();
    BATCH.with_borrow_mut(|batch| {
        if batch.spare.len() < SPARE && buffer.capacity() <= SMALL {
            batch.spare.push(buffer);
        }
    });
}

/// Puts an output that has something to send on the list.
pub(super) fn enqueue(output: Arc<Output>) {
    let now = clock::recent();
    let full = BATCH.with_borrow_mut(|batch| {
        batch.waiting.push(output);
        let since = *batch.since.get_or_insert(now);
        batch.waiting.len() >= MOST || now.duration_since(since) >= OLDEST
    });
    if full {
        flush_batch();
    }
}

/// Sends what waits on this thread. Called by the worker before it waits for events.
pub(crate) fn flush_batch() {
    let mut waiting = BATCH.with_borrow_mut(|batch| {
        batch.since = None;
        std::mem::take(&mut batch.waiting)
    });
    for output in waiting.drain(..) {
        output.send_waiting();
    }
    // Keep the list's allocation, unless a waker enqueued meanwhile.
    BATCH.with_borrow_mut(|batch| {
        if batch.waiting.is_empty() {
            batch.waiting = waiting;
        }
    });
}
