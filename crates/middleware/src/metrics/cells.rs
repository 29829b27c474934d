//! [`Cells`]: what one thread counts for one method and route.

use std::sync::Mutex;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU16, AtomicU64};
use std::time::Duration;

use super::exemplar::Exemplar;
use super::pool::locked;

/// Buckets that a histogram may have beside the last, which holds the rest.
pub(super) const MAX_BUCKETS: usize = 32;

/// Statuses that are kept apart.
pub(super) const MAX_STATUSES: usize = 15;

/// Written by one thread at a time, read by any: a sum needs no locked instruction. Aligned so that two threads' do not
/// share a cache line, nor a pair of them.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Cells {
    /// 0: free.
    statuses: [AtomicU16; MAX_STATUSES],
    /// Of the statuses; the last is of those that found no place.
    counts: [AtomicU64; MAX_STATUSES + 1],
    buckets: [AtomicU64; MAX_BUCKETS + 1],
    nanoseconds: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    /// By bucket; locked for requests that are one, and when somebody looks.
    exemplars: Mutex<Option<Box<Exemplars>>>,
}

type Exemplars = [Option<Exemplar>; MAX_BUCKETS + 1];

/// Adds as the only writer.
pub(super) fn add(cell: &AtomicU64, n: u64) {
    cell.store(cell.load(Relaxed).wrapping_add(n), Relaxed);
}

impl Default for Cells {
    fn default() -> Self {
        Self {
            statuses: [const { AtomicU16::new(0) }; MAX_STATUSES],
            counts: [const { AtomicU64::new(0) }; MAX_STATUSES + 1],
            buckets: [const { AtomicU64::new(0) }; MAX_BUCKETS + 1],
            nanoseconds: AtomicU64::new(0),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            exemplars: Mutex::new(None),
        }
    }
}

impl Cells {
    /// `bounds` in nanoseconds, ascending; gives the bucket.
    pub(super) fn answered(&self, status: u16, took: Duration, bounds: &[u64]) -> usize {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = bounds.partition_point(|&bound| bound < nanoseconds).min(MAX_BUCKETS);
        add(&self.counts[self.place(status)], 1);
        add(&self.buckets[bucket], 1);
        add(&self.nanoseconds, nanoseconds);
        bucket
    }

    pub(super) fn mark(&self, bucket: usize, exemplar: Exemplar) {
        let mut exemplars = locked(&self.exemplars);
        exemplars.get_or_insert_with(|| Box::new([None; MAX_BUCKETS + 1]))[bucket] = Some(exemplar);
    }

    pub(super) fn received(&self, bytes: u64) {
        add(&self.received, bytes);
    }

    pub(super) fn sent(&self, bytes: u64) {
        add(&self.sent, bytes);
    }

    /// Where a status is counted. Few routes have more than three, so that a search is quicker than a table of 500.
    fn place(&self, status: u16) -> usize {
        for (place, slot) in self.statuses.iter().enumerate() {
            let known = slot.load(Relaxed);
            if known == status {
                return place;
            }
            if known == 0 {
                slot.store(status, Release);
                return place;
            }
        }
        MAX_STATUSES
    }

    pub(super) fn add_to(&self, sum: &mut Sum) {
        for (slot, count) in self.statuses.iter().zip(&self.counts) {
            sum.count(slot.load(Acquire), count.load(Relaxed));
        }
        sum.count(0, self.counts[MAX_STATUSES].load(Relaxed));
        for (total, own) in sum.buckets.iter_mut().zip(&self.buckets) {
            *total += own.load(Relaxed);
        }
        sum.nanoseconds = sum.nanoseconds.wrapping_add(self.nanoseconds.load(Relaxed));
        sum.received += self.received.load(Relaxed);
        sum.sent += self.sent.load(Relaxed);
        if let Some(own) = &*locked(&self.exemplars) {
            let slots = sum.exemplars.get_or_insert_with(|| Box::new([None; MAX_BUCKETS + 1]));
            let pairs = slots.iter_mut().zip(own.iter());
            pairs.for_each(|(slot, own)| own.iter().for_each(|exemplar| exemplar.add_to(slot)));
        }
    }
}

/// What all threads counted.
#[derive(Debug)]
pub(super) struct Sum {
    /// Ascending by status; 0 is all those that found no place.
    pub(super) statuses: Vec<(u16, u64)>,
    pub(super) buckets: [u64; MAX_BUCKETS + 1],
    pub(super) nanoseconds: u64,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) exemplars: Option<Box<Exemplars>>,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            statuses: Vec::new(),
            buckets: [0; MAX_BUCKETS + 1],
            nanoseconds: 0,
            received: 0,
            sent: 0,
            exemplars: None,
        }
    }
}

impl Sum {
    pub(super) fn is_empty(&self) -> bool {
        self.statuses.is_empty() && self.received == 0 && self.sent == 0
    }

    fn count(&mut self, status: u16, count: u64) {
        if count == 0 {
            return;
        }
        match self.statuses.binary_search_by_key(&status, |known| known.0) {
            Ok(place) => self.statuses[place].1 += count,
            Err(place) => self.statuses.insert(place, (status, count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace_context::TraceId;

    fn sum(cells: &Cells) -> Sum {
        let mut sum = Sum::default();
        cells.add_to(&mut sum);
        sum
    }

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let cells = Cells::default();
        for nanoseconds in [0, 10, 11, 20, 21, u64::MAX] {
            cells.answered(200, Duration::from_nanos(nanoseconds), &[10, 20]);
        }
        assert_eq!(sum(&cells).buckets[..4], [2, 2, 2, 0]);
    }

    #[test]
    fn statuses_beyond_the_places_are_one() {
        let cells = Cells::default();
        for status in 200..220 {
            cells.answered(status, Duration::ZERO, &[]);
            cells.answered(200, Duration::ZERO, &[]);
        }
        let statuses = sum(&cells).statuses;
        assert_eq!(statuses.len(), MAX_STATUSES + 1);
        assert_eq!((statuses[0], statuses[1], statuses[15]), ((0, 5), (200, 21), (214, 1)));
    }

    #[test]
    fn a_bucket_keeps_its_last_exemplar() {
        let (one, other) = (Cells::default(), Cells::default());
        let exemplar = |_| Exemplar::now(TraceId::random(), Duration::ZERO);
        let [first, second, third] = [0, 1, 2].map(exemplar);
        one.mark(1, first);
        one.mark(1, third);
        other.mark(1, second);
        other.mark(MAX_BUCKETS, second);
        let mut sum = sum(&one);
        other.add_to(&mut sum);
        let exemplars = sum.exemplars.unwrap();
        assert_eq!((exemplars[0], exemplars[1], exemplars[MAX_BUCKETS]), (None, Some(third), Some(second)));
    }

    #[test]
    fn a_whole_histogram_has_room() {
        let bounds: Vec<u64> = (1..=MAX_BUCKETS as u64).collect();
        let cells = Cells::default();
        cells.answered(200, Duration::from_secs(1), &bounds);
        assert_eq!(sum(&cells).buckets[MAX_BUCKETS], 1);
    }
}
