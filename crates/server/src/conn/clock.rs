//! A coarse clock for deadlines: milliseconds since the process first looked, never zero.
//!
//! `CLOCK_MONOTONIC_COARSE` costs about a quarter of a precise reading; its grain of one to four milliseconds is far below
//! any deadline here.

/// A point in time, milliseconds. Zero stands for "none" wherever one is stored.
pub(crate) type Millis = u64;

#[cfg(target_os = "linux")]
fn reading() -> Millis {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    // Seconds since boot: never negative.
    time.tv_sec as Millis * 1000 + time.tv_nsec as Millis / 1_000_000
}

#[cfg(not(target_os = "linux"))]
fn reading() -> Millis {
    use std::{sync::OnceLock, time::Instant};
    static BASE: OnceLock<Instant> = OnceLock::new();
    BASE.get_or_init(Instant::now).elapsed().as_millis() as Millis
}

pub(crate) fn now() -> Millis {
    reading() + 1
}
