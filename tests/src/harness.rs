//! The command line and the closing lines of Rust's own test harness, so that cargo and what reads its output see one more
//! test program.

#![expect(clippy::print_stdout, reason = "a test program reports on standard output")]

use std::time::Duration;

use crate::{Suite, Verdict};

/// Flags of libtest that are followed by a value and mean nothing here.
const WITH_VALUE: [&str; 5] = ["--test-threads", "--format", "--color", "--logfile", "-Z"];

/// Which cases to run, or only to list.
#[derive(Debug, Clone, Default)]
pub struct Options {
    filters: Vec<String>,
    skips: Vec<String>,
    exact: bool,
    list: bool,
    ignored: bool,
}

impl Options {
    /// Reads the words behind the program's name; unknown flags are passed over.
    #[must_use]
    pub fn parse(words: impl IntoIterator<Item = String>) -> Self {
        let mut options = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--exact" => options.exact = true,
                "--list" => options.list = true,
                "--ignored" => options.ignored = true,
                "--skip" => options.skips.extend(words.next()),
                flag if WITH_VALUE.contains(&flag) => drop(words.next()),
                flag if flag.starts_with('-') => {}
                _ => options.filters.push(word),
            }
        }
        options
    }

    /// The cases that are meant. None of ours is ever ignored, so `--ignored` means none.
    #[must_use]
    pub fn apply(&self, suite: &Suite) -> Suite {
        suite.select_names(|name| !self.ignored && self.wants(name))
    }

    fn wants(&self, name: &str) -> bool {
        let hit = |filter: &String| if self.exact { name == filter } else { name.contains(filter.as_str()) };
        (self.filters.is_empty() || self.filters.iter().any(hit)) && !self.skips.iter().any(hit)
    }

    /// Prints the names if only they are asked for; `true` when that was all.
    #[must_use]
    pub fn listed(&self, suite: &Suite) -> bool {
        if self.list {
            suite.names().for_each(|name| println!("{name}: test"));
        }
        self.list
    }
}

/// Prints what came of each case, why those that are red are, and the closing line; `true` when all are green.
#[must_use]
pub fn conclude(verdicts: &[Verdict], filtered_out: usize, took: Duration) -> bool {
    println!("\nrunning {} tests", verdicts.len());
    for verdict in verdicts {
        println!("test {} ... {}", verdict.name, if verdict.failure.is_some() { "FAILED" } else { "ok" });
    }
    let failed = failures(verdicts);
    let passed = verdicts.len() - failed;
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {filtered_out} filtered out; \
         finished in {:.2}s\n",
        took.as_secs_f64()
    );
    failed == 0
}

fn failures(verdicts: &[Verdict]) -> usize {
    let red: Vec<_> =
        verdicts.iter().filter_map(|verdict| Some((&verdict.name, verdict.failure.as_ref()?))).collect();
    if !red.is_empty() {
        println!("\nfailures:\n");
    }
    for (name, fault) in &red {
        println!("---- {name} ----\n{fault}\n");
    }
    if !red.is_empty() {
        println!("failures:");
    }
    for (name, _) in &red {
        println!("    {name}");
    }
    red.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(words: &[&str], name: &str) -> bool {
        Options::parse(words.iter().map(|&word| word.to_owned())).wants(name)
    }

    #[test]
    fn filters_as_libtest_has_them() {
        assert!(wants(&[], "host::missing"));
        assert!(wants(&["missing"], "host::missing"));
        assert!(!wants(&["missing", "--exact"], "host::missing"));
        assert!(wants(&["host::missing", "--exact", "--nocapture"], "host::missing"));
        assert!(!wants(&["--skip", "host"], "host::missing"));
        assert!(wants(&["--test-threads", "1"], "host::missing"));
    }
}
