//! How many tests passed: the closing lines of the test runners, read and added up.

use std::ops::AddAssign;

/// Counts of one step, or of the whole run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    pub(crate) const ONE_PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    pub(crate) const ONE_FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Whose closing line is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runner {
    /// `cargo test`, and programs without its harness that close with the same line.
    Libtest,
    /// `cargo nextest run`.
    Nextest,
    /// `pytest`.
    Pytest,
    /// `node --test`, in its TAP and its spec form.
    Node,
}

impl Runner {
    /// What `line` adds to the counts, if it is a closing line of this runner.
    pub(crate) fn read(self, line: &str) -> Option<Tally> {
        match self {
            Self::Libtest => libtest(line),
            Self::Nextest => nextest(line),
            Self::Pytest => pytest(line),
            Self::Node => node(line),
        }
    }
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn libtest(line: &str) -> Option<Tally> {
    let counts = line.trim_start().strip_prefix("test result: ")?;
    Some(Tally {
        passed: before(counts, "passed"),
        failed: before(counts, "failed"),
        skipped: before(counts, "ignored"),
    })
}

/// `Summary [   0.1s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`
fn nextest(line: &str) -> Option<Tally> {
    let counts = line.trim_start().strip_prefix("Summary [")?.split_once("run: ")?.1;
    let failed = ["failed", "exec", "timed"].iter().map(|word| before(counts, word)).sum();
    Some(Tally { passed: before(counts, "passed"), failed, skipped: before(counts, "skipped") })
}

/// `===== 1 failed, 3 passed, 1 skipped, 1 error in 0.12s =====`, or without the rules when quiet
fn pytest(line: &str) -> Option<Tally> {
    let (counts, time) = line.trim_matches(|edge| edge == '=' || edge == ' ').rsplit_once(" in ")?;
    if !counts.starts_with(|first: char| first.is_ascii_digit()) || !is_seconds(time) {
        return None;
    }
    let sum = |words: &[&str]| words.iter().map(|word| before(counts, word)).sum();
    Some(Tally {
        passed: sum(&["passed", "xpassed"]),
        failed: sum(&["failed", "error", "errors"]),
        skipped: sum(&["skipped", "xfailed"]),
    })
}

/// `0.12s`, or `75.10s (0:01:15)` past a minute
fn is_seconds(time: &str) -> bool {
    time.split(' ')
        .next()
        .and_then(|word| word.strip_suffix('s'))
        .is_some_and(|number| number.parse::<f64>().is_ok())
}

/// `# pass 3` (TAP) or `ℹ pass 3` (spec): one count a line, so one call adds one of them
fn node(line: &str) -> Option<Tally> {
    let (word, count) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?.split_once(' ')?;
    let count = count.parse().ok()?;
    match word {
        "pass" => Some(Tally { passed: count, ..Tally::default() }),
        "fail" | "cancelled" => Some(Tally { failed: count, ..Tally::default() }),
        "skipped" | "todo" => Some(Tally { skipped: count, ..Tally::default() }),
        _ => None,
    }
}

/// The number that stands right before `word`; 0 if there is none.
fn before(counts: &str, word: &str) -> u64 {
    let words: Vec<&str> =
        counts.split(|edge: char| edge.is_whitespace() || matches!(edge, ',' | ';' | '.')).collect();
    words.windows(2).filter(|pair| pair[1] == word).find_map(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Runner, Tally};

    fn tally(passed: u64, failed: u64, skipped: u64) -> Option<Tally> {
        Some(Tally { passed, failed, skipped })
    }

    #[test]
    fn libtest_lines() {
        let read = |line| Runner::Libtest.read(line);
        let ok =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(read(ok), tally(12, 0, 1));
        assert_eq!(read("test result: FAILED. 2 passed; 5 failed; 0 ignored; 0 measured"), tally(2, 5, 0));
        assert_eq!(read("test result::ok ... ok"), None);
        assert_eq!(read("test a ... ok"), None);
    }

    #[test]
    fn nextest_lines() {
        let read = |line| Runner::Nextest.read(line);
        assert_eq!(read("     Summary [   0.005s] 3 tests run: 3 passed, 0 skipped"), tally(3, 0, 0));
        let bad = "Summary [  61.0s] 9 tests run: 5 passed (1 slow, 1 flaky), 1 failed, 2 exec failed, 1 timed out, 4 skipped";
        assert_eq!(read(bad), tally(5, 4, 4));
        let one = "     Summary [   0.005s] 1 test run: 0 passed, 1 failed, 0 skipped";
        assert_eq!(read(one), tally(0, 1, 0));
        let cut_short = "     Summary [   0.005s] 2/9 tests run: 1 passed, 1 failed, 0 skipped";
        assert_eq!(read(cut_short), tally(1, 1, 0));
        assert_eq!(read("    Starting 3 tests across 2 binaries"), None);
    }

    #[test]
    fn pytest_lines() {
        let read = |line| Runner::Pytest.read(line);
        assert_eq!(read("===== 1 failed, 3 passed, 1 skipped, 1 error in 0.12s ====="), tally(3, 2, 1));
        assert_eq!(read("7 passed in 75.10s (0:01:15)"), tally(7, 0, 0));
        assert_eq!(read("2 xfailed, 1 xpassed, 2 errors in 1.00s"), tally(1, 2, 2));
        assert_eq!(read("===== no tests ran in 0.01s ====="), None);
        assert_eq!(read("5 connections open in total"), None);
    }

    #[test]
    fn node_lines() {
        let lines =
            ["# tests 6", "# pass 3", "ℹ fail 1", "# cancelled 1", "ℹ skipped 1", "# duration_ms 70.1"];
        let mut sum = Tally::default();
        lines.iter().filter_map(|line| Runner::Node.read(line)).for_each(|tally| sum += tally);
        assert_eq!(Some(sum), tally(3, 2, 1));
    }
}
