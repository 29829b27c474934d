//! Counters that cost a few nanoseconds a request, kept apart for each worker and added up when somebody looks.

mod prometheus;

use crate::http1::Fault;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the buckets of [`MetricsSnapshot::time_to_first_byte`], in microseconds; a last bucket holds the rest.
pub const TIME_TO_FIRST_BYTE_BOUNDS: [u64; 12] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000];

/// Of so many requests, the time of one is measured.
pub const TIME_TO_FIRST_BYTE_SAMPLE: u64 = 16;

const BUCKETS: usize = TIME_TO_FIRST_BYTE_BOUNDS.len() + 1;

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        /// One worker's counters.
        #[derive(Debug, Default)]
        #[repr(align(128))]
        pub(crate) struct WorkerMetrics {
            $($name: AtomicU64,)+
            closed: AtomicU64,
            status: [AtomicU64; 5],
            faults: [AtomicU64; Fault::COUNT],
            buckets: [AtomicU64; BUCKETS],
            microseconds: AtomicU64,
            /// Bytes of upgraded connections, which any thread may move: apart from those that one thread counts.
            tunnels_received: AtomicU64,
            tunnels_sent: AtomicU64,
            /// Requests that reached the application.
            asked: AtomicU64,
            /// Several threads count here.
            shared: AtomicBool,
        }

        /// What a server has done so far, all workers together.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct MetricsSnapshot {
            $($(#[doc = $doc])+ pub $name: u64,)+
            /// Connections open now.
            pub connections_open: u64,
            /// Responses by class: index 0 is 1xx, index 4 is 5xx.
            pub responses: [u64; 5],
            /// Requests refused before they reached the application, by reason; reasons never seen are left out.
            pub requests_refused: Vec<(&'static str, u64)>,
            /// Responses by the time from their request's head to theirs; see [`TIME_TO_FIRST_BYTE_BOUNDS`]. One request in
            /// [`TIME_TO_FIRST_BYTE_SAMPLE`] is measured.
            pub time_to_first_byte: [u64; BUCKETS],
            /// The sum of those times, microseconds.
            pub time_to_first_byte_sum: u64,
        }

        impl MetricsSnapshot {
            /// The plain counters: their names, what they count, and how far they are.
            fn counters(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
                [$((stringify!($name), concat!($($doc),+), self.$name),)+].into_iter()
            }
        }

        impl WorkerMetrics {
            fn add_to(&self, sum: &mut MetricsSnapshot) {
                $(sum.$name += self.$name.load(Relaxed);)+
                let opened = self.connections_accepted.load(Relaxed);
                sum.connections_open += opened.saturating_sub(self.closed.load(Relaxed));
                for (total, own) in sum.responses.iter_mut().zip(&self.status) {
                    *total += own.load(Relaxed);
                }
                for (total, own) in sum.time_to_first_byte.iter_mut().zip(&self.buckets) {
                    *total += own.load(Relaxed);
                }
                sum.bytes_received += self.tunnels_received.load(Relaxed);
                sum.bytes_sent += self.tunnels_sent.load(Relaxed);
                sum.time_to_first_byte_sum += self.microseconds.load(Relaxed);
            }
        }
    };
}

counters! {
    /// Connections accepted.
    connections_accepted;
    /// Connections closed at once because their address had too many open.
    connections_refused_per_ip;
    /// Times a worker stopped accepting because it was at its cap of connections.
    connections_at_cap;
    /// Times accepting failed, for want of descriptors or memory.
    accept_errors;
    /// TLS handshakes that failed or took too long, and PROXY protocol headers likewise.
    handshakes_failed;
    /// Connections closed for being idle, or silent before their first request.
    connections_idle_closed;
    /// Request bodies that stopped coming.
    bodies_timed_out;
    /// Request bodies that broke the chunked framing.
    bodies_refused;
    /// Connections and streams reset because the peer did not read.
    writes_stalled;
    /// HTTP/2 connections closed for flooding.
    http2_floods;
    /// Connections cut at the end of a drain.
    connections_cut;
    /// Bytes read from clients, TLS removed.
    bytes_received;
    /// Bytes written to clients, before TLS.
    bytes_sent;
}

impl WorkerMetrics {
    /// Counts what may happen on any thread: a stream that an application took over can end anywhere.
    #[expect(clippy::unused_self, reason = "beside its quicker sibling")]
    fn add(&self, counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Relaxed);
    }

    /// Counts what happens with each request. That is on the worker's own thread, which needs no locked instruction for
    /// it, unless the runtime is the caller's and has several.
    fn add_often(&self, counter: &AtomicU64, n: u64) {
        if self.shared.load(Relaxed) {
            self.add(counter, n);
        } else {
            counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
        }
    }

    pub(crate) fn connection_opened(&self) {
        self.add(&self.connections_accepted, 1);
    }

    pub(crate) fn connection_closed(&self) {
        self.add(&self.closed, 1);
    }

    /// Connections of this worker open now.
    pub(crate) fn open(&self) -> usize {
        let opened = self.connections_accepted.load(Relaxed);
        usize::try_from(opened.saturating_sub(self.closed.load(Relaxed))).unwrap_or(usize::MAX)
    }

    pub(crate) fn refused_per_ip(&self) {
        self.add(&self.connections_refused_per_ip, 1);
    }

    pub(crate) fn at_cap(&self) {
        self.add(&self.connections_at_cap, 1);
    }

    pub(crate) fn accept_failed(&self) {
        self.add(&self.accept_errors, 1);
    }

    pub(crate) fn handshake_failed(&self) {
        self.add(&self.handshakes_failed, 1);
    }

    pub(crate) fn idle_closed(&self) {
        self.add(&self.connections_idle_closed, 1);
    }

    pub(crate) fn body_timed_out(&self) {
        self.add(&self.bodies_timed_out, 1);
    }

    pub(crate) fn body_refused(&self) {
        self.add(&self.bodies_refused, 1);
    }

    pub(crate) fn write_stalled(&self) {
        self.add(&self.writes_stalled, 1);
    }

    /// `tunnel`: the bytes are another protocol's, and move on whatever thread its task is on.
    pub(crate) fn received(&self, bytes: usize, tunnel: bool) {
        if tunnel {
            self.add(&self.tunnels_received, bytes as u64);
        } else {
            self.add_often(&self.bytes_received, bytes as u64);
        }
    }

    /// As [`received`](Self::received).
    pub(crate) fn sent(&self, bytes: usize, tunnel: bool) {
        if tunnel {
            self.add(&self.tunnels_sent, bytes as u64);
        } else {
            self.add_often(&self.bytes_sent, bytes as u64);
        }
    }

    #[cfg(feature = "http2")]
    pub(crate) fn flooded(&self) {
        self.add(&self.http2_floods, 1);
    }

    pub(crate) fn cut(&self, connections: usize) {
        self.add(&self.connections_cut, connections as u64);
    }

    pub(crate) fn refused(&self, fault: Fault) {
        self.add(&self.faults[fault as usize], 1);
        self.count_status(fault.status());
        tracing::debug!(reason = fault.label(), "request refused");
    }

    pub(crate) fn answered(&self, status: StatusCode) {
        self.count_status(status);
    }

    /// Whether the time of the next request is measured: of one in [`TIME_TO_FIRST_BYTE_SAMPLE`].
    pub(crate) fn samples(&self) -> bool {
        self.add_often(&self.asked, 1);
        self.asked.load(Relaxed) % TIME_TO_FIRST_BYTE_SAMPLE == 1
    }

    pub(crate) fn first_byte(&self, after: Duration) {
        let microseconds = after.as_micros() as u64;
        let bucket = TIME_TO_FIRST_BYTE_BOUNDS.iter().position(|&bound| microseconds <= bound);
        self.add_often(&self.buckets[bucket.unwrap_or(BUCKETS - 1)], 1);
        self.add_often(&self.microseconds, microseconds);
    }

    fn count_status(&self, status: StatusCode) {
        if let Some(class) = self.status.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            self.add_often(class, 1);
        }
    }
}

/// The counters of a running server. Cheap to clone; reading them disturbs nobody.
#[derive(Clone, Debug)]
pub struct Metrics {
    workers: Arc<[Arc<WorkerMetrics>]>,
}

impl Metrics {
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers: (0..workers).map(|_| Arc::default()).collect() }
    }

    /// Counters that several threads write.
    pub(crate) fn shared() -> Self {
        let metrics = Self::new(1);
        metrics.workers[0].shared.store(true, Relaxed);
        metrics
    }

    pub(crate) fn worker(&self, index: usize) -> Arc<WorkerMetrics> {
        Arc::clone(&self.workers[index])
    }

    /// Adds up the workers' counters.
    #[must_use]
    pub fn snapshot(&self) -> MetricsSnapshot {
        let mut sum = MetricsSnapshot::default();
        self.workers.iter().for_each(|worker| worker.add_to(&mut sum));
        let count = |fault: Fault| -> u64 {
            self.workers.iter().map(|w| w.faults[fault as usize].load(Relaxed)).sum()
        };
        let seen = Fault::ALL.into_iter().map(|fault| (fault.label(), count(fault)));
        sum.requests_refused = seen.filter(|&(_, n)| n > 0).collect();
        sum
    }
}

impl MetricsSnapshot {
    /// Requests answered, refused ones included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.responses.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_and_tunnels_add_up() {
        let metrics = Metrics::new(2);
        metrics.worker(0).connection_opened();
        metrics.worker(1).connection_opened();
        metrics.worker(1).connection_closed();
        metrics.worker(0).received(10, false);
        metrics.worker(1).received(5, true);
        metrics.worker(0).answered(StatusCode::OK);
        metrics.worker(1).refused(Fault::Method);
        let sum = metrics.snapshot();
        assert_eq!((sum.connections_accepted, sum.connections_open, sum.bytes_received), (2, 1, 15));
        assert_eq!((sum.responses, sum.requests()), ([0, 1, 0, 0, 1], 2));
        assert_eq!(sum.requests_refused, [("method", 1)]);
    }

    #[test]
    fn counters_of_several_threads_lose_nothing() {
        let metrics = Metrics::shared();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| metrics.worker(0).sent(1, false)));
            }
        });
        assert_eq!(metrics.snapshot().bytes_sent, 40_000);
    }
}
