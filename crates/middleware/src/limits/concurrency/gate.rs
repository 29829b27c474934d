//! [`Gate`]: the places that all clones of a layer share, and the queue before them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// One place; it is given back when it is dropped.
pub(super) type Place = OwnedSemaphorePermit;

/// A place that comes in time, or none. A request that waits is slow already: it may cost an allocation.
pub(super) type Waiting = Pin<Box<dyn Future<Output = Option<Place>> + Send>>;

#[derive(Debug)]
pub(super) struct Gate {
    limit: usize,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    refused: AtomicU64,
}

/// What a request gets at the gate.
pub(super) enum Admission {
    Place(Place),
    Wait(Waiting),
    Refused,
}

impl Gate {
    pub(super) fn new(limit: usize) -> Self {
        let places = Arc::new(Semaphore::new(limit));
        Self { limit, places, waiting: AtomicUsize::new(0), refused: AtomicU64::new(0) }
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn in_flight(&self) -> usize {
        self.limit - self.places.available_permits()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Whoever waits comes before: the semaphore hands a place that is given back to the first in its queue.
    pub(super) fn admit(self: &Arc<Self>, queue: usize, wait: Duration) -> Admission {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Admission::Place(place);
        }
        let longer = |waiting: usize| (waiting < queue).then_some(waiting + 1);
        if self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, longer).is_err() {
            return Admission::Refused;
        }
        let queued = Queued(Arc::clone(self));
        Admission::Wait(Box::pin(async move { queued.place(wait).await }))
    }
}

/// One of those who wait; it leaves the queue when it is dropped.
struct Queued(Arc<Gate>);

impl Queued {
    async fn place(self, wait: Duration) -> Option<Place> {
        let place = Arc::clone(&self.0.places).acquire_owned();
        // It is never closed, so that the only error is the time.
        timeout(wait, place).await.ok()?.ok()
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn place(admission: Admission) -> Place {
        let Admission::Place(place) = admission else { panic!("no place") };
        place
    }

    fn waiting(admission: Admission) -> Waiting {
        let Admission::Wait(waiting) = admission else { panic!("no waiting") };
        waiting
    }

    #[tokio::test(start_paused = true)]
    async fn places_go_to_the_first_that_waits() {
        let gate = Arc::new(Gate::new(1));
        let held = place(gate.admit(2, SECOND));
        let first = tokio::spawn(waiting(gate.admit(2, SECOND)));
        let second = tokio::spawn(waiting(gate.admit(2, SECOND)));
        assert!(matches!(gate.admit(2, SECOND), Admission::Refused));
        tokio::task::yield_now().await;
        assert_eq!((gate.in_flight(), gate.waiting()), (1, 2));
        drop(held);
        // A newcomer does not overtake them.
        assert!(!matches!(gate.admit(2, SECOND), Admission::Place(_)));
        let held = first.await.unwrap().unwrap();
        assert!(!second.is_finished());
        drop(held);
        assert!(second.await.unwrap().is_some());
        assert_eq!((gate.in_flight(), gate.waiting()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends() {
        let gate = Arc::new(Gate::new(1));
        let held = place(gate.admit(1, SECOND));
        assert!(waiting(gate.admit(1, SECOND)).await.is_none());
        drop(waiting(gate.admit(1, SECOND)));
        assert_eq!((gate.in_flight(), gate.waiting()), (1, 0));
        drop(held);
        assert_eq!(gate.in_flight(), 0);
    }
}
