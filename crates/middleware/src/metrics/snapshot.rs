//! [`MetricsSnapshot`]: what was counted so far, in figures.

use std::time::Duration;

use super::cells::Sum;
use super::exemplar::Exemplar;
use super::pool::Pool;

/// What all threads counted so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MetricsSnapshot {
    /// Requests whose response is not whole yet.
    pub in_flight: u64,
    /// Upper bounds of the buckets, ascending; one more bucket holds the rest.
    pub bounds: Vec<Duration>,
    /// Each method and route that was asked for, in the order in which they were seen first.
    pub series: Vec<SeriesSnapshot>,
}

/// What was counted for one method and route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SeriesSnapshot {
    /// The method, or `other`.
    pub method: &'static str,
    /// The pattern of the route, or `unmatched`, or `other`.
    pub route: String,
    /// Responses by status, ascending; 0 stands for all those beyond the 15th status.
    pub statuses: Vec<(u16, u64)>,
    /// Responses by the time they took, one figure a bucket, not cumulative.
    pub buckets: Vec<u64>,
    /// The sum of these times.
    pub duration: Duration,
    /// Bytes of request bodies that were read.
    pub received: u64,
    /// Bytes of response bodies that were given out.
    pub sent: u64,
    /// By bucket, as long as they are; none if there is none at all.
    pub(super) exemplars: Vec<Option<Exemplar>>,
}

impl MetricsSnapshot {
    pub(super) fn of(pool: &Pool) -> Self {
        let (sums, in_flight) = pool.sums();
        let catalog = pool.catalog();
        let seen = sums.into_iter().zip(0..).filter(|(sum, _)| !sum.is_empty());
        let series = seen.map(|(sum, number)| {
            let (method, route) = catalog.labels(number);
            SeriesSnapshot::new(method, route, sum, pool.bounds.len())
        });
        let bounds = pool.bounds.iter().copied().map(Duration::from_nanos).collect();
        Self { in_flight, bounds, series: series.collect() }
    }
}

impl SeriesSnapshot {
    fn new(method: &'static str, route: &str, sum: Sum, bounds: usize) -> Self {
        Self {
            method,
            route: route.to_owned(),
            statuses: sum.statuses,
            buckets: sum.buckets[..=bounds].to_vec(),
            duration: Duration::from_nanos(sum.nanoseconds),
            received: sum.received,
            sent: sum.sent,
            exemplars: sum.exemplars.map_or_else(Vec::new, |exemplars| exemplars[..=bounds].to_vec()),
        }
    }

    /// How many responses there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}
