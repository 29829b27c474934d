//! `cargo xtask http2`: httpwg, a conformance suite for RFC 9113, held to a list of known failures.
//!
//! The list cuts both ways: a failure that is not in it is red, and so is an entry that passes by now, so that the
//! list can only shrink. Some tests race with frames of the server's own, so the suite runs three times: a test fails
//! that fails each time, and has passed when it passes each time.
//!
//! The suite asks for `/`, and several of its tests need an answer of five bytes or more that comes after the whole
//! request and not at once; the conformance app is told so.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::server::Server;
use crate::tools::Tool;
use crate::workspace::Workspace;

const HTTPWG: Tool = Tool {
    package: "httpwg-cli",
    version: "0.2.5",
    program: "httpwg",
    takes: "about forty seconds on two cores",
};
const ALLOWED: &str = "tests/httpwg-allow.txt";
const RUNS: usize = 3;
/// Long enough that a loaded machine is not taken for a silent server, in milliseconds.
const TIMEOUT: &str = "2000";

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let allowed = allowed(&workspace.path(ALLOWED))?;
    let httpwg = HTTPWG.ensure(workspace)?;
    let app = workspace.program("hyperserve-tests", "conformance-app")?;
    let server = Server::start(&app, &["--answer-after", "20ms"])?;
    let runs = (0..RUNS).map(|_| one_run(workspace, &httpwg, &server)).collect::<Result<Vec<_>, _>>()?;
    judge(&runs, &allowed)
}

/// Names of the tests that began in one run, and of those that passed. A test that crashes does neither pass nor fail.
#[derive(Debug, Default)]
struct Run {
    begun: BTreeSet<String>,
    passed: BTreeSet<String>,
}

impl Run {
    fn read(&mut self, line: &str) {
        if let Some((_, name)) = line.split_once("Running test: ") {
            self.begun.insert(name.trim().to_owned());
        } else if let Some((_, name)) = line.split_once("Test passed: ") {
            self.passed.insert(name.trim().to_owned());
        }
    }

    fn failed(&self) -> BTreeSet<String> {
        self.begun.difference(&self.passed).cloned().collect()
    }
}

/// The suite's own exit code only repeats that something failed; which, its lines tell.
fn one_run(workspace: &Workspace, httpwg: &Path, server: &Server) -> Result<Run, Failure> {
    let mut run = Run::default();
    let timeouts = ["--frame-timeout", TIMEOUT, "--connect-timeout", TIMEOUT];
    let suite = workspace.job(httpwg).args(["--verbose", "--address", server.address()]).args(timeouts);
    match suite.env("NO_COLOR", "1").env("RUST_LOG", "off").watch(|line| run.read(line)) {
        Err(failure) if run.passed.is_empty() => Err(failure),
        _ => Ok(run),
    }
}

fn judge(runs: &[Run], allowed: &BTreeSet<String>) -> Result<(), Failure> {
    let begun = runs.first().map_or(0, |run| run.begun.len());
    let failed = in_all(runs.iter().map(Run::failed));
    let passed = in_all(runs.iter().map(|run| run.passed.clone()));
    let new: Vec<_> = failed.difference(allowed).collect();
    let mended: Vec<_> = allowed.intersection(&passed).collect();
    new.iter().for_each(|name| println!("failed, and not in {ALLOWED}: {name}"));
    mended.iter().for_each(|name| println!("passes, take it out of {ALLOWED}: {name}"));
    println!("{} failed in each of {RUNS} runs, {} of them known", failed.len(), failed.len() - new.len());
    println!("{} passed, {} failed", begun - new.len() - mended.len(), new.len() + mended.len());
    if new.is_empty() && mended.is_empty() {
        Ok(())
    } else {
        Err(Failure::new("httpwg and its list disagree"))
    }
}

fn in_all(sets: impl Iterator<Item = BTreeSet<String>>) -> BTreeSet<String> {
    sets.reduce(|all, set| all.intersection(&set).cloned().collect()).unwrap_or_default()
}

/// One test a line; `#` begins a comment, on a line of its own or behind two spaces.
fn allowed(list: &Path) -> Result<BTreeSet<String>, Failure> {
    let text = fs::read_to_string(list).map_err(Failure::during(list.display()))?;
    Ok(names(&text))
}

fn names(list: &str) -> BTreeSet<String> {
    let lines = list.lines().map(|line| line.split("  #").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Run, judge, names};

    const GOOD: &str = "RFC 9113 :: 3. :: client preface";
    const BAD: &str = "RFC 9113 :: 4. :: too large frame";

    /// A run in which `GOOD` and `BAD` begin and the given ones pass.
    fn run(passed: &[&str]) -> Run {
        let mut run = Run::default();
        [GOOD, BAD].iter().for_each(|name| run.read(&format!("🔷 Running test: {name}")));
        passed.iter().for_each(|name| run.read(&format!("✅ Test passed: {name}")));
        run.read("❌ Some tests failed");
        run
    }

    #[test]
    fn a_listed_failure_is_green_and_an_unlisted_one_red() {
        let runs = [run(&[GOOD]), run(&[GOOD])];
        assert!(judge(&runs, &names(&format!("# h2\n{BAD}  # PROTOCOL_ERROR\n\n"))).is_ok());
        assert!(judge(&runs, &names("")).is_err());
    }

    #[test]
    fn an_entry_that_passes_by_now_is_red() {
        assert!(judge(&[run(&[GOOD, BAD])], &names(BAD)).is_err());
        assert!(judge(&[run(&[GOOD, BAD])], &names("")).is_ok());
    }

    #[test]
    fn what_fails_only_now_and_then_is_a_race_and_no_verdict() {
        let runs = [run(&[GOOD, BAD]), run(&[GOOD])];
        assert!(judge(&runs, &names("")).is_ok());
        assert!(judge(&runs, &names(BAD)).is_ok());
    }
}
