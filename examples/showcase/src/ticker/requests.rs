//! What the metrics counted between two looks at them.

use std::time::Duration;

use hyperserve::middleware::metrics::MetricsSnapshot;
use serde::Serialize;

/// The requests of a while, whatever their route.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Requests {
    /// Answered in a second, those that were refused included.
    rate: f64,
    /// Refused in a second, with 429.
    refused: f64,
    /// Microseconds that half of the responses did not take to their last byte, as a bound of the histogram, of which the last
    /// stands for more. `None` if there were no responses.
    p50: Option<u64>,
    /// The same of 99 %.
    p99: Option<u64>,
}

/// Everything that was counted up to a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    refused: u64,
    bounds: Vec<Duration>,
    /// Responses by the time they took.
    buckets: Vec<u64>,
}

impl Counted {
    pub(super) fn new(snapshot: MetricsSnapshot) -> Self {
        let mut buckets = vec![0; snapshot.bounds.len() + 1];
        let mut refused = 0;
        for series in &snapshot.series {
            refused +=
                series.statuses.iter().filter(|(status, _)| *status == 429).map(|(_, n)| n).sum::<u64>();
            buckets.iter_mut().zip(&series.buckets).for_each(|(sum, count)| *sum += count);
        }
        Self { refused, bounds: snapshot.bounds, buckets }
    }

    /// What came on top of `before` within so many seconds.
    pub(super) fn since(&self, before: Option<&Self>, seconds: f64) -> Requests {
        let nothing = Self::default();
        let before = before.unwrap_or(&nothing);
        let earlier = before.buckets.iter().copied().chain(std::iter::repeat(0));
        let new: Vec<u64> =
            self.buckets.iter().zip(earlier).map(|(now, then)| now.saturating_sub(then)).collect();
        let a_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        Requests {
            rate: a_second(new.iter().sum()),
            refused: a_second(self.refused.saturating_sub(before.refused)),
            p50: self.bound(bucket(&new, 50)),
            p99: self.bound(bucket(&new, 99)),
        }
    }

    fn bound(&self, bucket: Option<usize>) -> Option<u64> {
        let bound = self.bounds.get(bucket?).or(self.bounds.last())?;
        u64::try_from(bound.as_micros()).ok()
    }
}

/// The bucket in which `percent` of the counted responses are reached; `None` without any.
pub(super) fn bucket(counts: &[u64], percent: u64) -> Option<usize> {
    let rank = (counts.iter().sum::<u64>() * percent).div_ceil(100).max(1);
    let mut passed = 0;
    counts.iter().position(|count| {
        passed += count;
        passed >= rank
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(refused: u64, buckets: [u64; 4]) -> Counted {
        let bounds = [100, 1_000, 10_000].map(Duration::from_micros).to_vec();
        Counted { refused, bounds, buckets: buckets.to_vec() }
    }

    fn told(requests: &Requests) -> (f64, f64, Option<u64>, Option<u64>) {
        (requests.rate, requests.refused, requests.p50, requests.p99)
    }

    #[test]
    fn a_while_is_told_without_what_was_before() {
        let first = counted(5, [10, 0, 0, 90]);
        let second = counted(25, [10, 60, 38, 92]);
        assert_eq!(told(&second.since(Some(&first), 2.0)), (50.0, 10.0, Some(1_000), Some(10_000)));
        assert_eq!(told(&first.since(None, 10.0)), (10.0, 0.5, Some(10_000), Some(10_000)));
    }

    #[test]
    fn where_nothing_was_asked_there_is_nothing_to_tell() {
        let same = counted(5, [10, 0, 0, 0]);
        assert_eq!(told(&same.since(Some(&same), 1.0)), (0.0, 0.0, None, None));
        assert_eq!(told(&same.since(None, 0.0)), (0.0, 0.0, Some(100), Some(100)));
        assert_eq!(told(&Counted::default().since(None, 1.0)), (0.0, 0.0, None, None));
    }

    #[test]
    fn a_quantile_lies_in_the_bucket_that_reaches_it() {
        assert_eq!(
            [bucket(&[98, 1, 1], 50), bucket(&[98, 1, 1], 99), bucket(&[0, 0], 50)],
            [Some(0), Some(1), None]
        );
    }
}
