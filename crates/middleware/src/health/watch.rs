//! [`Watched`]: a check with its last result.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::check::HealthCheck;

#[derive(Debug)]
pub(super) struct Watched {
    pub(super) check: HealthCheck,
    last: Mutex<Option<Checked>>,
    /// Who holds it runs the check.
    running: tokio::sync::Mutex<()>,
}

/// A result.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
    at: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Good,
    /// What the check says, with its sources.
    Failed(Arc<str>),
    TimedOut,
    Panicked,
}

impl Outcome {
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Failed(_) => "failed",
            Self::TimedOut => "timeout",
            Self::Panicked => "panicked",
        }
    }
}

impl Watched {
    pub(super) fn new(check: HealthCheck) -> Arc<Self> {
        Arc::new(Self { check, last: Mutex::new(None), running: tokio::sync::Mutex::new(()) })
    }

    /// The last result, if it is not too old.
    pub(super) fn fresh(&self) -> Option<Checked> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone().filter(|last| last.at.elapsed() < self.check.keep)
    }

    /// A result that is not too old. The check runs as a task, so that it comes to its end although the probe has left: or
    /// else a check that takes as long as probes wait would never have a result.
    pub(super) async fn result(self: Arc<Self>) -> Checked {
        if let Some(fresh) = self.fresh() {
            return fresh;
        }
        let begun = Instant::now();
        let watched = Arc::clone(&self);
        match tokio::spawn(async move { watched.run_or_wait().await }).await {
            Ok(checked) => checked,
            Err(_) => self.keep(Outcome::Panicked, begun),
        }
    }

    async fn run_or_wait(&self) -> Checked {
        let asked = Instant::now();
        let _one_at_a_time = self.running.lock().await;
        // What somebody else found out after this probe came is good enough, even if results are not kept.
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(last) = last.filter(|last| last.at > asked || last.at.elapsed() < self.check.keep) {
            return last;
        }
        let begun = Instant::now();
        let outcome = match timeout(self.check.timeout, (self.check.run)()).await {
            Ok(Ok(())) => Outcome::Good,
            Ok(Err(error)) => Outcome::Failed(told(&*error).into()),
            Err(_) => Outcome::TimedOut,
        };
        self.keep(outcome, begun)
    }

    fn keep(&self, outcome: Outcome, begun: Instant) -> Checked {
        let checked = Checked { outcome, took: begun.elapsed(), at: Instant::now() };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().map(|last| &last.outcome) != Some(&checked.outcome) {
            self.log(&checked.outcome, last.is_some());
        }
        *last = Some(checked.clone());
        checked
    }

    /// A change is logged, not each probe.
    fn log(&self, outcome: &Outcome, is_change: bool) {
        let check = &*self.check.name;
        match outcome {
            Outcome::Good if is_change => tracing::info!(check, "health check passes again"),
            Outcome::Good => {}
            Outcome::Failed(error) => tracing::warn!(check, error = ?error, "health check failed"),
            Outcome::TimedOut | Outcome::Panicked => {
                tracing::warn!(check, how = outcome.as_str(), "health check failed");
            }
        }
    }
}

fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use tokio::time::sleep;

    fn counting(after: Duration) -> (Arc<AtomicU32>, HealthCheck) {
        let runs = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&runs);
        let check = HealthCheck::new("it", move || {
            let run = counter.fetch_add(1, Relaxed);
            async move {
                sleep(after).await;
                if run == 0 { Ok(()) } else { Err("gone") }
            }
        });
        (runs, check)
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_serves_for_a_second() {
        let (runs, check) = counting(Duration::ZERO);
        let watched = Watched::new(check);
        for _ in 0..3 {
            assert_eq!(Arc::clone(&watched).result().await.outcome, Outcome::Good);
        }
        assert_eq!(runs.load(Relaxed), 1);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(watched.result().await.outcome, Outcome::Failed("gone".into()));
        assert_eq!(runs.load(Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn probes_at_one_time_share_a_run_and_one_that_leaves_ends_nothing() {
        let (runs, check) = counting(Duration::from_millis(500));
        let watched = Watched::new(check.with_cache(Duration::ZERO));
        assert!(timeout(Duration::from_millis(100), Arc::clone(&watched).result()).await.is_err());
        let others = [(); 5].map(|()| tokio::spawn(Arc::clone(&watched).result()));
        for other in others {
            assert_eq!(other.await.unwrap().outcome, Outcome::Good);
        }
        assert_eq!(runs.load(Relaxed), 1);
        // Nothing is kept.
        assert_eq!(watched.result().await.outcome, Outcome::Failed("gone".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_or_panics_has_failed() {
        let (_, check) = counting(Duration::from_secs(5));
        let begun = Instant::now();
        let checked = Watched::new(check).result().await;
        assert_eq!((checked.outcome, begun.elapsed()), (Outcome::TimedOut, Duration::from_secs(1)));
        let check = HealthCheck::new("it", async || -> Result<(), &str> { panic!("as it should") });
        assert_eq!(Watched::new(check).result().await.outcome, Outcome::Panicked);
    }
}
