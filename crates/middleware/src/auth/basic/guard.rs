//! [`Guard`]: how many passwords are checked at once, and how many wait.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::super::Refusal;

#[derive(Clone, Debug)]
pub(super) struct Guard {
    running: Arc<Semaphore>,
    /// One for each that runs or waits.
    places: Arc<Semaphore>,
}

impl Guard {
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        let all = at_once.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        let running = Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS)));
        Self { running, places: Arc::new(Semaphore::new(all)) }
    }

    /// Runs work that takes long on a thread for such work.
    ///
    /// A client that leaves frees its place only once its password has been checked: the work cannot be broken off, and a
    /// flood of clients that leave is a flood all the same.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.places.try_acquire_owned().map_err(|_| Refusal::busy())?;
        let running = self.running.acquire_owned().await.map_err(Refusal::unavailable)?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, running);
            work()
        });
        done.await.map_err(Refusal::unavailable)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Barrier, mpsc};

    use super::*;

    async fn until(holds: impl Fn() -> bool) {
        for _ in 0..10_000 {
            if holds() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("it never holds");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn some_run_some_wait_and_the_rest_are_refused() {
        let (guard, barrier) = (Guard::new(2, 1), Arc::new(Barrier::new(3)));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let start = || {
            let (guard, barrier) = (guard.clone(), Arc::clone(&barrier));
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            tokio::spawn(guard.run(move || {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                if most.fetch_max(now, Ordering::SeqCst) < 2 && now <= 2 {
                    barrier.wait();
                }
                running.fetch_sub(1, Ordering::SeqCst);
            }))
        };
        let taken = [start(), start(), start()];
        tokio::task::yield_now().await;
        let refused = start().await.unwrap().unwrap_err();
        assert_eq!(refused.status(), 503);
        tokio::task::spawn_blocking(move || barrier.wait()).await.unwrap();
        for task in taken {
            task.await.unwrap().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
        assert!(guard.run(|| ()).await.is_ok(), "the places are free again");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn who_leaves_keeps_the_place_until_the_work_is_done() {
        let guard = Guard::new(1, 0);
        let (release, held) = mpsc::channel::<()>();
        let task = tokio::spawn(guard.clone().run(move || held.recv()));
        until(|| guard.running.available_permits() == 0).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(guard.clone().run(|| ()).await.is_err());
        drop(release);
        until(|| guard.places.available_permits() > 0).await;
        assert!(guard.run(|| ()).await.is_ok());
    }
}
