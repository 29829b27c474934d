//! A coarse clock for deadlines: milliseconds since the process first looked, never zero.
//!
//! `CLOCK_MONOTONIC_COARSE` costs about a quarter of a precise reading; its grain of one to four milliseconds is far below
//! any deadline here.

use std::cell::Cell;
use std::time::Instant;

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
    use std::sync::OnceLock;
    static BASE: OnceLock<Instant> = OnceLock::new();
    BASE.get_or_init(Instant::now).elapsed().as_millis() as Millis
}

pub(crate) fn now() -> Millis {
    reading() + 1
}

thread_local! {
    static RECENT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A precise reading, which [`recent`] remembers.
pub(crate) fn precise() -> Instant {
    let now = Instant::now();
    RECENT.set(Some(now));
    now
}

/// The last precise reading on this thread: each request takes one before its handler runs.
pub(super) fn recent() -> Instant {
    RECENT.get().unwrap_or_else(precise)
}
