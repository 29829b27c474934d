//! What one second is told as.

use std::fs;
use std::time::Duration;

use hyperserve::server::{MetricsSnapshot, TIME_TO_FIRST_BYTE_BOUNDS};
use serde::Serialize;

use super::requests::{Counted, Requests, bucket};

/// The figures of one second.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tick {
    /// Requests a second since the sample before.
    rate: f64,
    /// Requests since the start.
    requests: u64,
    /// Connections.
    open: u64,
    pub(super) viewers: usize,
    /// Bytes in memory, where the system tells.
    memory: Option<u64>,
    /// Microseconds that half of the measured responses did not pass, as a bound of the histogram.
    p50: Option<u64>,
    /// The same of 99 %.
    p99: Option<u64>,
    /// What the metrics say of the requests since the sample before.
    http: Requests,
    #[serde(skip)]
    counted: Counted,
    #[serde(skip)]
    at: Duration,
}

impl Tick {
    /// The figures at this time since the start.
    pub(super) fn new(
        snapshot: &MetricsSnapshot,
        counted: Counted,
        at: Duration,
        viewers: usize,
        before: Option<&Self>,
    ) -> Self {
        let (earlier, known) = before.map_or((Duration::ZERO, 0), |tick| (tick.at, tick.requests));
        let seconds = at.saturating_sub(earlier).as_secs_f64();
        let more = snapshot.requests().saturating_sub(known) as f64;
        Self {
            rate: if seconds > 0.0 { more / seconds } else { 0.0 },
            requests: snapshot.requests(),
            open: snapshot.connections_open,
            viewers,
            memory: memory(),
            p50: quantile(&snapshot.time_to_first_byte, 50),
            p99: quantile(&snapshot.time_to_first_byte, 99),
            http: counted.since(before.map(|tick| &tick.counted), seconds),
            counted,
            at,
        }
    }
}

/// The bound that `percent` of the counted responses did not pass; `None` without any, and above the last bound.
fn quantile(counts: &[u64], percent: u64) -> Option<u64> {
    TIME_TO_FIRST_BYTE_BOUNDS.get(bucket(counts, percent)?).copied()
}

/// Resident memory, proc_pid_status(5). The kernel makes the file up while it is read: nothing waits for a disk.
fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(requests: u64) -> MetricsSnapshot {
        let mut snapshot = MetricsSnapshot::default();
        snapshot.responses[1] = requests;
        snapshot
    }

    #[test]
    fn a_rate_is_over_the_time_since_the_sample_before() {
        let tick = |requests, seconds, before| {
            Tick::new(&snapshot(requests), Counted::default(), Duration::from_secs(seconds), 1, before)
        };
        let first = tick(10, 2, None);
        let second = tick(40, 5, Some(&first));
        let same = tick(40, 5, Some(&second));
        assert_eq!([first.rate, second.rate, same.rate], [5.0, 10.0, 0.0]);
    }

    #[test]
    fn quantiles_are_bounds_of_the_histogram() {
        let mut counts = [0; TIME_TO_FIRST_BYTE_BOUNDS.len() + 1];
        assert_eq!(quantile(&counts, 50), None);
        (counts[0], counts[3]) = (98, 2);
        assert_eq!((quantile(&counts, 50), quantile(&counts, 99)), (Some(100), Some(1000)));
        counts[12] = 1000;
        assert_eq!(quantile(&counts, 99), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_more_than_a_mebibyte() {
        assert!(memory().unwrap() > 1024 * 1024);
    }
}
