//! The log: one line an event, on standard error, so that standard output holds the addresses alone.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::LevelFilter;

/// Sends events of this level and above to standard error for the rest of the process.
pub(super) fn start(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .finish();
    let only_once = tracing_subscriber::util::SubscriberInitExt::try_init(subscriber);
    debug_assert!(only_once.is_ok());
}
