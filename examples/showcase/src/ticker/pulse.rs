//! The figures of the last minute, and who watches them.
//!
//! Nobody measures while nobody looks: whoever asks first in a second takes the sample of that second, the others find it.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use hyperserve::middleware::metrics::HttpMetrics;
use hyperserve::prelude::*;
use hyperserve::server::MetricsSnapshot;
use tokio::time::{Instant, sleep_until};

use super::requests::Counted;
use super::tick::Tick;

/// Seconds that are kept for viewers who come late or back.
const KEPT: usize = 60;

const SECOND: Duration = Duration::from_secs(1);

/// The figures of this server. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Pulse {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Tells this start of the server from any other, in the ids of events.
    run: u64,
    started: Instant,
    server: OnceLock<Handle>,
    metrics: HttpMetrics,
    viewers: AtomicUsize,
    /// Second and sample, the oldest first.
    minute: Mutex<VecDeque<(u64, Tick)>>,
}

impl Pulse {
    /// `metrics` are those of the layer that is round all routes.
    pub(crate) fn new(metrics: HttpMetrics) -> Self {
        let shared = Shared {
            run: RandomState::new().hash_one("run") >> 32,
            started: Instant::now(),
            server: OnceLock::new(),
            metrics,
            viewers: AtomicUsize::new(0),
            minute: Mutex::new(VecDeque::with_capacity(KEPT)),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Says whose figures they are; until then all are zero. The first call counts.
    pub(crate) fn measure(&self, server: Handle) {
        self.shared.server.get_or_init(|| server);
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.shared.started.elapsed()
    }

    /// A viewer who has seen the event of this id, if it is one of this run.
    pub(super) fn join(&self, last_seen: Option<&str>) -> Viewer {
        let seen = last_seen.and_then(|id| id.split_once('-'));
        let seen = seen.filter(|(run, _)| u64::from_str_radix(run, 16) == Ok(self.shared.run));
        let next = seen
            .and_then(|(_, second)| second.parse::<u64>().ok())
            .map_or(0, |second| second.saturating_add(1));
        self.shared.viewers.fetch_add(1, Relaxed);
        Viewer { pulse: self.clone(), next: next.min(self.now() + 1), waiting: VecDeque::new() }
    }

    /// Whole seconds since the start.
    fn now(&self) -> u64 {
        self.uptime().as_secs()
    }

    /// What is known from second `first` on, this second included.
    fn since(&self, first: u64) -> VecDeque<(u64, Tick)> {
        let now = self.now();
        let mut minute = self.shared.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.back().is_none_or(|&(second, _)| second < now) {
            let tick = self.sample(minute.back());
            minute.push_back((now, tick));
        }
        while minute.front().is_some_and(|&(second, _)| second + (KEPT as u64) <= now) {
            minute.pop_front();
        }
        minute.iter().filter(|(second, _)| *second >= first).cloned().collect()
    }

    fn sample(&self, before: Option<&(u64, Tick)>) -> Tick {
        let snapshot = self
            .shared
            .server
            .get()
            .map_or_else(MetricsSnapshot::default, |server| server.metrics().snapshot());
        let counted = Counted::new(self.shared.metrics.snapshot());
        let viewers = self.shared.viewers.load(Relaxed);
        Tick::new(&snapshot, counted, self.uptime(), viewers, before.map(|(_, tick)| tick))
    }
}

/// One stream of events. The viewer counts for as long as it is held.
#[derive(Debug)]
pub(super) struct Viewer {
    pulse: Pulse,
    /// The second that it has not seen.
    next: u64,
    waiting: VecDeque<(u64, Tick)>,
}

impl Viewer {
    /// Id and figures of the next second: at once if they are known, else when it has come.
    pub(super) async fn next(&mut self) -> (String, Tick) {
        loop {
            if let Some((second, tick)) = self.waiting.pop_front() {
                self.next = second + 1;
                return (format!("{:x}-{second}", self.pulse.shared.run), tick);
            }
            // The start was a whole second, and all viewers are told at the same time.
            sleep_until(self.pulse.shared.started + SECOND * u32::try_from(self.next).unwrap_or(u32::MAX))
                .await;
            self.waiting = self.pulse.since(self.next);
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.pulse.shared.viewers.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds(viewer: &mut Viewer, count: usize) -> Vec<u64> {
        let mut seconds = Vec::new();
        for _ in 0..count {
            let (id, _) = viewer.next().await;
            seconds.push(id.split_once('-').unwrap().1.parse().unwrap());
        }
        seconds
    }

    #[tokio::test(start_paused = true)]
    async fn each_second_comes_once_and_in_its_time() {
        let pulse = Pulse::new(HttpMetrics::new());
        let mut viewer = pulse.join(None);
        assert_eq!(seconds(&mut viewer, 4).await, [0, 1, 2, 3]);
        assert_eq!(pulse.now(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_late_gets_the_last_minute_and_who_comes_back_what_was_missed() {
        let pulse = Pulse::new(HttpMetrics::new());
        let mut first = pulse.join(None);
        for _ in 0..100 {
            first.next().await;
        }
        assert_eq!(seconds(&mut pulse.join(None), 2).await, [40, 41]);
        let id = format!("{:x}-97", pulse.shared.run);
        assert_eq!(seconds(&mut pulse.join(Some(&id)), 3).await, [98, 99, 100]);
        assert_eq!(pulse.now(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn ids_of_elsewhere_count_for_nothing() {
        let pulse = Pulse::new(HttpMetrics::new());
        for id in ["", "7", "-", "x-y", "ffffffffff-1", &format!("{:x}-", pulse.shared.run)] {
            assert_eq!(seconds(&mut pulse.join(Some(id)), 1).await, [0], "{id}");
        }
        let future = format!("{:x}-{}", pulse.shared.run, u64::MAX);
        assert_eq!(seconds(&mut pulse.join(Some(&future)), 1).await, [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn viewers_are_counted_while_they_watch() {
        let pulse = Pulse::new(HttpMetrics::new());
        let mut one = pulse.join(None);
        let two = pulse.join(None);
        assert_eq!(one.next().await.1.viewers, 2);
        drop(two);
        assert_eq!(one.next().await.1.viewers, 1);
    }
}
