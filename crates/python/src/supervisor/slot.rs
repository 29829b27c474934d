//! The place of one worker, which outlives the processes in it.

use std::rc::Rc;

use tokio::time::Instant;

use super::backoff::Backoff;
use super::event::Id;
use super::queue::Queue;
use super::worker::{Stage, Worker};

/// Why a worker that serves is to be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Somebody asked for new workers.
    Restart,
    /// It has served long enough, for this reason.
    Spent(String),
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) queue: Rc<Queue>,
    pub(super) current: Option<Worker>,
    /// The replacement, until it serves.
    pub(super) next: Option<(Worker, Due)>,
    pub(super) due: Option<Due>,
    /// When the next replacement may be tried.
    pub(super) retry_at: Instant,
    /// When the next worker starts, if there is none; `None` waits for something else.
    pub(super) start_at: Option<Instant>,
    pub(super) backoff: Backoff,
    /// Processes that took the place of one that had ended or was spent.
    pub(super) restarts: u64,
}

impl Slot {
    pub(super) fn new(queue: Rc<Queue>, start_at: Option<Instant>, backoff: Backoff) -> Self {
        let retry_at = Instant::now();
        Self { queue, current: None, next: None, due: None, retry_at, start_at, backoff, restarts: 0 }
    }

    /// The worker of this slot that has this id.
    pub(super) fn find(&mut self, id: Id) -> Option<&mut Worker> {
        let next = self.next.as_mut().map(|(worker, _)| worker);
        self.current.iter_mut().chain(next).find(|worker| worker.id == id)
    }

    pub(super) fn holds(&self, id: Id) -> bool {
        self.is_next(id) || self.current.as_ref().is_some_and(|worker| worker.id == id)
    }

    /// The worker that serves.
    pub(super) fn serving(&mut self) -> Option<&mut Worker> {
        self.current.as_mut().filter(|worker| worker.stage == Stage::Serving)
    }

    pub(super) fn is_next(&self, id: Id) -> bool {
        self.next.as_ref().is_some_and(|(worker, _)| worker.id == id)
    }

    /// Whether a replacement is to be started.
    pub(super) fn wants_next(&mut self, now: Instant) -> bool {
        self.due.is_some() && self.next.is_none() && self.retry_at <= now && self.serving().is_some()
    }

    /// Takes the workers out, the replacement as well.
    pub(super) fn clear(&mut self) -> impl Iterator<Item = Worker> {
        (self.start_at, self.due) = (None, None);
        self.current.take().into_iter().chain(self.next.take().map(|(worker, _)| worker))
    }
}
