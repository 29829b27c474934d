//! Small writes of a worker's connections leave together, when the worker is about to wait.
//!
//! One `send` a response wakes the peer's core once a response. Held back until the worker has nothing else to do, the
//! writes of a whole round of events go out in one run. Bounds: [`MOST`] connections, [`OLDEST`] of age, [`SMALL`] bytes a
//! connection; above that a write goes straight to the socket, with the socket's own backpressure.
//!
//! Batching is on only on threads that promise to call [`flush_batch`] before they wait ([`Batching::enter`]); elsewhere
//! writes go straight out. What waits belongs to the thread, so that queueing it takes no lock.

use super::clock;
use super::output::Output;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of one connection that may wait.
const SMALL: usize = 32 * 1024;
/// Connections that may wait.
const MOST: usize = 64;
/// How long the first of them may wait while others are served.
const OLDEST: Duration = Duration::from_millis(5);

struct Waiting {
    output: Arc<Output>,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Batch {
    waiting: Vec<Waiting>,
    /// When the first of them has waited long enough.
    until: Option<Instant>,
    /// Raised with each flush, so that a connection knows whether its entry is still there.
    round: u64,
    /// Buffers for the next round.
    spare: Vec<Vec<u8>>,
}

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static BATCH: RefCell<Batch> = RefCell::default();
}

/// Batches the small writes of connections on this thread, for as long as the value lives.
///
/// For threads whose runtime is the caller's: whoever enters promises to call [`Batching::flush`] each time before the
/// thread waits for events ([`on_thread_park`](tokio::runtime::Builder::on_thread_park)), or answers stay where they are.
/// A server's own workers do so themselves.
#[derive(Debug)]
#[must_use = "batching ends when this is dropped"]
pub struct Batching {
    /// It belongs to the thread.
    _thread: PhantomData<*const ()>,
}

impl Batching {
    /// Begins on this thread.
    pub fn enter() -> Self {
        ON.set(true);
        Self { _thread: PhantomData }
    }

    /// Sends what waits on this thread.
    pub fn flush() {
        flush_batch();
    }
}

impl Drop for Batching {
    fn drop(&mut self) {
        ON.set(false);
        flush_batch();
    }
}

/// Where a connection's bytes wait: its place in a round.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    round: u64,
    index: usize,
}

/// Lets the bytes that `append` adds, `len` of them, wait for the end of the round. False when they must go out at once:
/// no batching here, or too many bytes.
pub(super) fn wait(
    place: &mut Place,
    output: &Arc<Output>,
    len: usize,
    append: impl FnOnce(&mut Vec<u8>),
) -> bool {
    if !ON.get() || len > SMALL {
        return false;
    }
    let mut full = false;
    let waits = BATCH.with_borrow_mut(|batch| {
        if output.is_queued() {
            // Of this thread and this round, or the flag would be off.
            return match batch.waiting.get_mut(place.index).filter(|_| place.round == batch.round) {
                Some(entry) if entry.bytes.len() + len <= SMALL => {
                    append(&mut entry.bytes);
                    true
                }
                _ => false,
            };
        }
        let mut bytes = batch.spare.pop().unwrap_or_else(|| Vec::with_capacity(1024));
        append(&mut bytes);
        output.set_queued(true);
        *place = Place { round: batch.round, index: batch.waiting.len() };
        batch.waiting.push(Waiting { output: Arc::clone(output), bytes });
        let now = clock::recent();
        let until = *batch.until.get_or_insert_with(|| now + OLDEST);
        full = batch.waiting.len() >= MOST || now >= until;
        true
    });
    if full {
        flush_batch();
    }
    waits
}

/// Sends what waits when it has waited long enough: before a handler runs that may take its time.
pub(crate) fn flush_batch_if_old(now: Instant) {
    if BATCH.with_borrow(|batch| batch.until.is_some_and(|until| now >= until)) {
        flush_batch();
    }
}

/// Sends what waits on this thread.
pub(crate) fn flush_batch() {
    let mut waiting = BATCH.with_borrow_mut(|batch| {
        batch.until = None;
        batch.round += 1;
        std::mem::take(&mut batch.waiting)
    });
    if waiting.is_empty() {
        return;
    }
    for entry in &mut waiting {
        entry.output.set_queued(false);
        entry.output.send_now(&entry.bytes);
    }
    BATCH.with_borrow_mut(|batch| {
        for entry in waiting.drain(..) {
            let mut bytes = entry.bytes;
            bytes.clear();
            if batch.spare.len() < MOST {
                batch.spare.push(bytes);
            }
        }
        if batch.waiting.is_empty() {
            batch.waiting = waiting;
        }
    });
}
