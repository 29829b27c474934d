//! What the command prints: addresses, the table of limits, and its last words.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use hyperserve_server::{BoundServer, LimitEntry, Report};

use super::arguments::Arguments;
use super::failure::Failure;

/// Columns of `--limits`, its indent included.
const WIDTH: usize = 96;
const INDENT: &str = "    ";

/// One line `listening on URL` for each address, for people and programs; a line above them for people alone.
pub(super) fn announce(server: &BoundServer) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        let workers = server.workers();
        let plural = if workers == 1 { "" } else { "s" };
        let version = env!("CARGO_PKG_VERSION");
        writeln!(out, "HyperServe {version} with {workers} worker{plural}; Ctrl+C stops it")?;
    }
    for address in server.addresses() {
        writeln!(out, "listening on {}", address.url())?;
    }
    Ok(out.flush()?)
}

/// The answer to `--limits`.
pub(super) fn limits(arguments: &Arguments) -> Result<(), Failure> {
    let table: String = arguments.limits_in_force().entries().iter().map(paragraph).collect();
    match io::stdout().write_all(table.as_bytes()) {
        // The reader has seen enough, as in `hyperserve --limits | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
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

/// One sentence on standard error. That nobody reads it is no reason to fail once more.
pub(super) fn fail(failure: &Failure) {
    drop(writeln!(io::stderr(), "hyperserve: {failure}"));
}

/// Says what a drain did not wait for; a clean one is silent.
pub(super) fn tell_what_was_cut(report: Report, deadline: Duration) {
    for sentence in last_words(report, deadline) {
        drop(writeln!(io::stderr(), "hyperserve: {sentence}"));
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
