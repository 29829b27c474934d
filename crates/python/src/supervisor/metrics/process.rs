//! What the supervisor itself knows of its workers, in the exposition format of Prometheus.

use std::fmt::Write as _;
use std::time::Duration;

use super::super::usage::Usage;

/// A worker's process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    pub(super) index: usize,
    pub(super) age: Duration,
    pub(super) restarts: u64,
    pub(super) usage: Option<Usage>,
}

type Row = (&'static str, &'static str, &'static str, fn(&Process) -> Option<f64>);

const ROWS: [Row; 4] = [
    ("hyperserve_worker_uptime_seconds", "gauge", "Age of the worker's process.", |process| {
        Some(process.age.as_secs_f64())
    }),
    (
        "hyperserve_worker_restarts_total",
        "counter",
        "Processes that took the place of one that had ended or was replaced.",
        #[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floating point")]
        |process| Some(process.restarts as f64),
    ),
    (
        "hyperserve_worker_resident_memory_bytes",
        "gauge",
        "Memory of the worker's process.",
        #[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floating point")]
        |process| process.usage.map(|usage| usage.resident as f64),
    ),
    ("hyperserve_worker_cpu_seconds_total", "counter", "Time of the worker's process on CPUs.", |process| {
        process.usage.map(|usage| usage.busy.as_secs_f64())
    }),
];

pub(super) fn render(processes: &[Process]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (name, kind, about, value) in ROWS {
        let _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} {kind}");
        for process in processes {
            if let Some(value) = value(process) {
                let _ = writeln!(text, "{name}{{worker=\"{}\"}} {value}", process.index);
            }
        }
    }
    text
}
