//! How long to wait before a worker is started again: a worker that dies at once must not be started in a tight loop.

use std::time::Duration;

/// A worker that has lived so long did not die of its start: the next pause is the shortest again.
const STEADY: Duration = Duration::from_secs(30);

/// The shortest pause that doubles to something.
const LEAST: Duration = Duration::from_millis(1);

/// Pauses that double from the first to the longest.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// The pause before the next start, and whether it differs from the one before, after a worker that lived `lived`.
    pub(super) fn after(&mut self, lived: Duration) -> (Duration, bool) {
        if lived >= STEADY {
            self.next = self.first;
        }
        let pause = self.next;
        self.next = (pause.max(LEAST) * 2).min(self.longest.max(self.first));
        (pause, pause != self.next || lived >= STEADY)
    }
}
