//! The log: one line an event, on standard error, so that standard output holds the addresses alone.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::Config;

/// Sends events of this level and above to standard error for the rest of the process, unless the program has seen to
/// its log itself.
pub(super) fn start(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .finish();
    drop(subscriber.try_init());
}

impl Config {
    /// `log`, whose words are those of the filter.
    pub(super) fn log_level(&self) -> LevelFilter {
        self.get("log").and_then(|entry| entry.value.parse().ok()).unwrap_or(LevelFilter::INFO)
    }
}
