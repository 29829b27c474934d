//! What the command prints: addresses, tables, and its last words.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use hyperserve_server::{LimitEntry, Report};

use super::failure::Failure;
use super::program::is_enough;
use crate::{BoundApp, Config};

/// Columns of `--limits`, its indent included.
const WIDTH: usize = 96;
const INDENT: &str = "    ";

/// One line `listening on URL` for each address, for people and programs; a line above them for people alone.
pub(super) fn announce(app: &BoundApp) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        let workers = app.workers();
        let plural = if workers == 1 { "" } else { "s" };
        let version = env!("CARGO_PKG_VERSION");
        writeln!(out, "HyperServe {version} with {workers} worker{plural}; Ctrl+C stops it")?;
    }
    for address in app.addresses() {
        writeln!(out, "listening on {}", address.url())?;
    }
    #[cfg(feature = "stack")]
    {
        for url in app.health_urls() {
            writeln!(out, "probes on {url}")?;
        }
        for url in app.metrics_urls() {
            writeln!(out, "metrics on {url}")?;
        }
    }
    Ok(out.flush()?)
}

/// Writes text to standard output. Whoever reads it may stop when they have seen enough.
///
/// # Errors
///
/// When it cannot be written.
pub fn print(text: &[u8]) -> Result<(), Failure> {
    match io::stdout().write_all(text) {
        Err(error) if is_enough(&error) => Ok(()),
        written => Ok(written?),
    }
}

/// The answer to `--print-config`: every key with its value in force and where it comes from, as a file.
///
/// # Errors
///
/// Everything that is wrong with the configuration.
pub fn print_config(config: &Config) -> Result<(), Failure> {
    config.check()?;
    print(config.to_toml().as_bytes())
}

/// The answer to `check-config`: that the configuration is good, certificates included.
///
/// # Errors
///
/// Everything that is wrong with it, as a [`Failure`] of code 1 wherever it was written.
pub fn check_config(config: &Config) -> Result<(), Failure> {
    config.check().map_err(|error| Failure::from(error).with_plain_code())?;
    #[cfg(feature = "tls")]
    if let Some(tls) = config.tls()? {
        tls.load()?;
    }
    print(b"configuration is good\n")
}

/// The answer to `--limits`: every limit with its value in force and what it bounds.
///
/// # Errors
///
/// Everything that is wrong with the configuration.
pub fn print_limits(config: &Config) -> Result<(), Failure> {
    let table: String = config.limits()?.entries().iter().map(paragraph).collect();
    print(table.as_bytes())
}

/// `name = value`, and under it what the limit bounds.
fn paragraph(entry: &LimitEntry) -> String {
    let mut text = format!("{} = {}", entry.name, entry.value);
    text.truncate(text.trim_end().len());
    let mut room = 0;
    for word in entry.about.split_whitespace() {
        if word.len() < room {
            let _ = write!(text, " {word}");
            room -= word.len() + 1;
        } else {
            let _ = write!(text, "\n{INDENT}{word}");
            room = WIDTH.saturating_sub(INDENT.len() + word.len());
        }
    }
    text.push_str("\n\n");
    text
}

/// Writes the sentences of a failure to standard error, each after the name of the program. That nobody reads them is no
/// reason to fail once more.
pub fn tell(program: &str, failure: &Failure) {
    for sentence in failure.to_string().lines() {
        drop(writeln!(io::stderr(), "{program}: {sentence}"));
    }
}

/// Says what a drain did not wait for; a clean one is silent.
pub(super) fn tell_what_was_cut(program: &str, report: Report, deadline: Duration) {
    for sentence in last_words(report, deadline) {
        drop(writeln!(io::stderr(), "{program}: {sentence}"));
    }
}

fn last_words(report: Report, deadline: Duration) -> Vec<String> {
    let mut words = Vec::new();
    if report.cut > 0 {
        let (count, were) = counted(report.cut, "connection");
        words.push(format!("{count} {were} still open when the drain ended (at most {deadline:?}), and cut"));
    }
    if report.stuck > 0 {
        let (count, were) = counted(report.stuck, "worker");
        words.push(format!("{count} {were} given up because a handler blocks the thread"));
    }
    words
}

fn counted(n: usize, what: &str) -> (String, &'static str) {
    if n == 1 { (format!("1 {what}"), "was") } else { (format!("{n} {what}s"), "were") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_server::Limits;

    #[test]
    fn paragraphs_fit_and_lose_no_word() {
        for entry in Limits::default().entries() {
            let text = paragraph(&entry);
            assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
            let words: Vec<_> = text.lines().skip(1).flat_map(str::split_whitespace).collect();
            assert_eq!(words, entry.about.split_whitespace().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_clean_drain_needs_no_words() {
        let mut report = Report::default();
        let deadline = Duration::from_secs(30);
        assert!(last_words(report, deadline).is_empty());
        (report.cut, report.stuck) = (1, 2);
        let words = last_words(report, deadline);
        assert_eq!(words[0], "1 connection was still open when the drain ended (at most 30s), and cut");
        assert_eq!(words[1], "2 workers were given up because a handler blocks the thread");
    }
}
