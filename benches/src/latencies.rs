//! How long answers took, in buckets no wider than a 32nd of their value.

use std::time::Duration;

const BITS: u32 = 5;
const BUCKETS: usize = (64 - BITS as usize + 1) << BITS;

/// A histogram of durations.
#[derive(Debug)]
pub struct Latencies {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }
}

impl Latencies {
    /// Adds `count` answers that took so long.
    pub fn add(&mut self, took: Duration, count: u64) {
        self.counts[bucket(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX))] += count;
        self.total += count;
    }

    /// How many were added.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The duration, in microseconds, that this share of the answers did not exceed; 0 where there are none.
    #[must_use]
    pub fn quantile_us(&self, share: f64) -> f64 {
        let wanted = (share * self.total as f64).ceil() as u64;
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        if self.total == 0 { 0.0 } else { found.map_or(0.0, |index| lowest(index) as f64 / 1e3) }
    }
}

/// Values below 32 have a bucket each; above, the leading bit and the five after it choose.
fn bucket(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(BITS + 1);
    (shift as usize) * (1 << BITS) + (value >> shift) as usize
}

fn lowest(bucket: usize) -> u64 {
    let width = 1 << BITS;
    if bucket < 2 * width {
        return bucket as u64;
    }
    let shift = bucket / width - 1;
    ((bucket - shift * width) as u64) << shift
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{BUCKETS, Latencies, bucket, lowest};

    #[test]
    fn buckets_are_narrow_and_in_order() {
        let mut values: Vec<u64> = (0..64).flat_map(|bit| [1 << bit, (1 << bit) + (1 << bit) / 3]).collect();
        values.sort_unstable();
        for &value in &values {
            let floor = lowest(bucket(value));
            assert!(floor <= value && value - floor <= value / 32, "{value} {floor}");
        }
        assert!(values.is_sorted_by_key(|&value| bucket(value)));
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn quantiles() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.quantile_us(0.5), 0.0);
        latencies.add(Duration::from_micros(10), 98);
        latencies.add(Duration::from_millis(1), 2);
        assert!((latencies.quantile_us(0.5) - 10.0).abs() < 0.4);
        assert!((latencies.quantile_us(0.99) - 1000.0).abs() < 32.0);
        assert_eq!(latencies.total(), 100);
    }
}
