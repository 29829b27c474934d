//! The buffer between the threads that log and the one that writes.
//!
//! Waking a thread costs a system call. So whoever appends a line wakes the writer only when it sleeps for want of lines,
//! or when a batch is full; while lines keep coming, the writer looks by itself every 20 ms.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Sink;

/// A line waits at most so long.
const TICK: Duration = Duration::from_millis(20);

/// So many bytes do not wait.
const BATCH: usize = 64 * 1024;

/// Room that an emptied buffer keeps.
const KEPT: usize = 4 * BATCH;

#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// For the writer: there is something to do.
    work: Condvar,
    /// For who flushes: something was done.
    done: Condvar,
    dropped: AtomicU64,
    room: usize,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    /// Bytes taken and not yet written.
    taken: usize,
    /// Bytes so far, by which who flushes knows its place.
    appended: u64,
    written: u64,
    /// The writer sleeps until it is woken.
    asleep: bool,
    /// Lines are wanted out at once.
    hurry: bool,
    sink: Option<Sink>,
    /// The writer shall end, and give up on a slow output then.
    stop: Option<Instant>,
    ended: bool,
}

/// What the writer is to do.
#[derive(Debug)]
pub(super) enum Taken {
    Lines,
    /// These and all that follow go to another sink.
    LinesFor(Sink),
    End,
}

impl Queue {
    pub(super) fn new(room: usize) -> Self {
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
            dropped: AtomicU64::new(0),
            room,
        }
    }

    /// Nothing that runs under the lock can panic and leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn append(&self, line: &[u8]) {
        let mut state = self.state();
        if state.lines.len() + state.taken + line.len() > self.room || state.ended {
            drop(state);
            return self.lost(1);
        }
        state.lines.extend_from_slice(line);
        state.appended += line.len() as u64;
        let full = state.lines.len() >= BATCH && !state.hurry;
        state.hurry |= full;
        let wake = mem::take(&mut state.asleep) || full;
        drop(state);
        if wake {
            self.work.notify_one();
        }
    }

    pub(super) fn lost(&self, lines: u64) {
        self.dropped.fetch_add(lines, Relaxed);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    pub(super) fn flush(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        let target = state.appended;
        self.hurry(&mut state);
        while state.written < target && !state.ended {
            let Some(left) = left_until(deadline) else { return false };
            (state, _) = self.done.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        state.written >= target
    }

    fn hurry(&self, state: &mut State) {
        state.hurry = true;
        state.asleep = false;
        self.work.notify_one();
    }

    pub(super) fn replace(&self, sink: Sink) {
        let mut state = self.state();
        state.sink = Some(sink);
        self.hurry(&mut state);
    }

    /// Lets the writer end, and waits for it until the deadline.
    pub(super) fn stop(&self, deadline: Instant) {
        let mut state = self.state();
        state.stop = Some(deadline);
        self.hurry(&mut state);
        while !state.ended {
            let Some(left) = left_until(deadline) else { return };
            (state, _) = self.done.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for lines and moves them into `batch`.
    pub(super) fn take(&self, batch: &mut Vec<u8>) -> Taken {
        batch.clear();
        batch.shrink_to(KEPT);
        let mut state = self.wait();
        mem::swap(&mut state.lines, batch);
        state.taken = batch.len();
        state.hurry = false;
        match state.sink.take() {
            Some(sink) => Taken::LinesFor(sink),
            None if batch.is_empty() && state.stop.is_some() => Taken::End,
            None => Taken::Lines,
        }
    }

    /// Waits a tick, and then for as long as there is nothing; a tick again when lines come after that.
    fn wait(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        while !state.hurry && state.stop.is_none() {
            let (next, tick) = self.work.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner);
            state = next;
            if !tick.timed_out() || state.hurry {
                continue;
            }
            if !state.lines.is_empty() {
                break;
            }
            state.asleep = true;
            while state.asleep {
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        state
    }

    pub(super) fn wrote(&self, bytes: usize) {
        let mut state = self.state();
        state.written += bytes as u64;
        state.taken = 0;
        drop(state);
        self.done.notify_all();
    }

    pub(super) fn ended(&self) {
        self.state().ended = true;
        self.done.notify_all();
    }

    /// Whether a slow output is given up on: the log ends, and has waited.
    pub(super) fn is_out_of_patience(&self) -> bool {
        self.state().stop.is_some_and(|deadline| left_until(deadline).is_none())
    }
}

fn left_until(deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}
