//! Counters that cost a few nanoseconds a request, kept apart for each worker and added up when somebody looks.

use crate::http1::Fault;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the buckets of [`MetricsSnapshot::time_to_first_byte`], in microseconds; a last bucket holds the rest.
pub const TIME_TO_FIRST_BYTE_BOUNDS: [u64; 12] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000];

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
            /// Responses by the time from their request's head to theirs; see [`TIME_TO_FIRST_BYTE_BOUNDS`].
            pub time_to_first_byte: [u64; BUCKETS],
            /// The sum of those times, microseconds.
            pub time_to_first_byte_sum: u64,
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
    pub(crate) fn connection_opened(&self) {
        add(&self.connections_accepted);
    }

    pub(crate) fn connection_closed(&self) {
        add(&self.closed);
    }

    /// Connections of this worker open now.
    pub(crate) fn open(&self) -> usize {
        let opened = self.connections_accepted.load(Relaxed);
        usize::try_from(opened.saturating_sub(self.closed.load(Relaxed))).unwrap_or(usize::MAX)
    }

    pub(crate) fn refused_per_ip(&self) {
        add(&self.connections_refused_per_ip);
    }

    pub(crate) fn at_cap(&self) {
        add(&self.connections_at_cap);
    }

    pub(crate) fn accept_failed(&self) {
        add(&self.accept_errors);
    }

    pub(crate) fn handshake_failed(&self) {
        add(&self.handshakes_failed);
    }

    pub(crate) fn idle_closed(&self) {
        add(&self.connections_idle_closed);
    }

    pub(crate) fn body_timed_out(&self) {
        add(&self.bodies_timed_out);
    }

    pub(crate) fn body_refused(&self) {
        add(&self.bodies_refused);
    }

    pub(crate) fn write_stalled(&self) {
        add(&self.writes_stalled);
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.bytes_received.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.bytes_sent.fetch_add(bytes as u64, Relaxed);
    }

    #[cfg(feature = "http2")]
    pub(crate) fn flooded(&self) {
        add(&self.http2_floods);
    }

    pub(crate) fn cut(&self, connections: usize) {
        self.connections_cut.fetch_add(connections as u64, Relaxed);
    }

    pub(crate) fn refused(&self, fault: Fault) {
        add(&self.faults[fault as usize]);
        self.count_status(fault.status());
        tracing::debug!(reason = fault.label(), "request refused");
    }

    pub(crate) fn answered(&self, status: StatusCode, after: Duration) {
        self.count_status(status);
        let microseconds = after.as_micros() as u64;
        let bucket = TIME_TO_FIRST_BYTE_BOUNDS.iter().position(|&bound| microseconds <= bound);
        add(&self.buckets[bucket.unwrap_or(BUCKETS - 1)]);
        self.microseconds.fetch_add(microseconds, Relaxed);
    }

    fn count_status(&self, status: StatusCode) {
        if let Some(class) = self.status.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            add(class);
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
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
