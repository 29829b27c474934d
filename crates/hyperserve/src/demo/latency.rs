//! Time to first byte: the histogram, and what can be said of its quantiles.

use hyperserve_server::{MetricsSnapshot, TIME_TO_FIRST_BYTE_BOUNDS};
use serde_json::{Value, json};

/// Counts by bucket and three quantiles, as the upper bound of the bucket they lie in; `null` stands for "above the
/// last bound" and for "no requests yet".
pub(super) fn describe(snapshot: &MetricsSnapshot) -> Value {
    let counts = snapshot.time_to_first_byte;
    json!({
        "bounds_microseconds": TIME_TO_FIRST_BYTE_BOUNDS,
        "counts": counts,
        "sum_microseconds": snapshot.time_to_first_byte_sum,
        "p50_microseconds": quantile(&counts, 500),
        "p90_microseconds": quantile(&counts, 900),
        "p99_microseconds": quantile(&counts, 990),
    })
}

/// The bound that `permille` of the counted requests did not pass.
fn quantile(counts: &[u64], permille: u64) -> Option<u64> {
    let total: u64 = counts.iter().sum();
    let rank = (total * permille).div_ceil(1000).max(1);
    let mut passed = 0;
    let bucket = counts.iter().position(|count| {
        passed += count;
        passed >= rank
    });
    TIME_TO_FIRST_BYTE_BOUNDS.get(bucket?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(first: &[u64]) -> Vec<u64> {
        let mut counts = first.to_vec();
        counts.resize(TIME_TO_FIRST_BYTE_BOUNDS.len() + 1, 0);
        counts
    }

    #[test]
    fn quantiles_are_the_bounds_of_their_buckets() {
        let counts = counts(&[90, 9, 0, 1]);
        assert_eq!(quantile(&counts, 500), Some(100));
        assert_eq!(quantile(&counts, 900), Some(100));
        assert_eq!(quantile(&counts, 990), Some(250));
        assert_eq!(quantile(&counts, 999), Some(1000));
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        assert_eq!(quantile(&counts(&[]), 500), None);
        let mut beyond = counts(&[1]);
        *beyond.last_mut().unwrap() = 1;
        assert_eq!(quantile(&beyond, 500), Some(100));
        assert_eq!(quantile(&beyond, 990), None);
    }
}
