//! The log: one line an event on standard error, `INFO:     listening`, as uvicorn writes its own.

use std::fmt;
use std::io::{self, IsTerminal};

use hyperserve::Config;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Sends events of the level of `log` and above to standard error for the rest of the process.
pub(super) fn start(config: &Config) {
    let level = config.get("log").and_then(|entry| entry.value.parse().ok()).unwrap_or(LevelFilter::INFO);
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(has_colors(config))
        .event_format(Line)
        .with_max_level(level)
        .with_writer(io::stderr)
        .finish();
    // A second server of the same process logs as the first.
    drop(subscriber.try_init());
}

fn has_colors(config: &Config) -> bool {
    match config.get("use_colors").map(|entry| entry.value).as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => io::stderr().is_terminal(),
    }
}

struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (name, color) = named(*event.metadata().level());
        // As wide as the longest name, WARNING.
        let space = " ".repeat(9_usize.saturating_sub(name.len()));
        if writer.has_ansi_escapes() {
            write!(writer, "\x1b[{color}m{name}\x1b[0m:{space}")?;
        } else {
            write!(writer, "{name}:{space}")?;
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// The name that Python's logging has for a level, and the number of its colour.
fn named(level: Level) -> (&'static str, u8) {
    match level {
        Level::ERROR => ("ERROR", 31),
        Level::WARN => ("WARNING", 33),
        Level::INFO => ("INFO", 32),
        Level::DEBUG => ("DEBUG", 36),
        Level::TRACE => ("TRACE", 34),
    }
}
