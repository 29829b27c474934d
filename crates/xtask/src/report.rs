//! What each step took and came to, and the closing lines of a run.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::job::Job;
use crate::tally::{Runner, Tally};

#[derive(Debug)]
enum Verdict {
    Passed,
    Failed(String),
    Skipped(String),
}

#[derive(Debug)]
struct Step {
    name: String,
    took: Duration,
    tally: Tally,
    verdict: Verdict,
}

/// All steps of one run so far. A failed step does not end the run: one run tells everything that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

impl Report {
    /// A step that counts as one, whatever it looks at.
    pub(crate) fn check(&mut self, name: &str, work: impl FnOnce() -> Result<(), Failure>) {
        println!("\n=== {name}");
        let started = Instant::now();
        let (tally, verdict) = match work() {
            Ok(()) => (Tally::ONE_PASSED, Verdict::Passed),
            Err(failure) => (Tally::ONE_FAILED, Verdict::Failed(failure.to_string())),
        };
        self.record(name, started, tally, verdict);
    }

    /// A step that counts the tests its runner reports. `job` sets up what the tests need and names their command.
    pub(crate) fn tests(&mut self, name: &str, runner: Runner, job: impl FnOnce() -> Result<Job, Failure>) {
        println!("\n=== {name}");
        let started = Instant::now();
        let mut tally = Tally::default();
        let outcome = job().and_then(|job| job.watch(|line| tally += runner.read(line).unwrap_or_default()));
        let (tally, verdict) = judge(tally, outcome);
        self.record(name, started, tally, verdict);
    }

    /// A step that does not apply here; it counts nothing and the closing table says why.
    pub(crate) fn skip(&mut self, name: &str, why: impl Into<String>) {
        println!("\n=== {name}");
        self.record(name, Instant::now(), Tally::default(), Verdict::Skipped(why.into()));
    }

    fn record(&mut self, name: &str, started: Instant, tally: Tally, verdict: Verdict) {
        let step = Step { name: name.to_owned(), took: started.elapsed(), tally, verdict };
        println!("{}", row(&step));
        self.steps.push(step);
    }

    /// Prints the table and, last, `N passed, N failed`; the exit code of the run.
    pub(crate) fn close(&self) -> ExitCode {
        let took: Duration = self.steps.iter().map(|step| step.took).sum();
        println!("\n=== summary ({:.0} s)", took.as_secs_f64());
        self.steps.iter().for_each(|step| println!("{}", row(step)));
        let total = self.total();
        println!("{} passed, {} failed", total.passed, total.failed);
        if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.steps.iter().for_each(|step| total += step.tally);
        total
    }
}

/// A runner that fails without naming a failed test (a build error, a crash) counts as one failure, and so does one
/// that ran no test at all: nothing was shown.
fn judge(mut tally: Tally, outcome: Result<(), Failure>) -> (Tally, Verdict) {
    let verdict = match outcome {
        Err(failure) => Verdict::Failed(failure.to_string()),
        Ok(()) if tally.failed > 0 => Verdict::Failed("a test failed, yet the runner ended well".to_owned()),
        Ok(()) if tally.passed == 0 => Verdict::Failed("no test ran".to_owned()),
        Ok(()) => Verdict::Passed,
    };
    if matches!(verdict, Verdict::Failed(_)) {
        tally.failed = tally.failed.max(1);
    }
    (tally, verdict)
}

fn row(step: &Step) -> String {
    let (mark, note) = match &step.verdict {
        Verdict::Passed => ("ok", ""),
        Verdict::Failed(why) => ("FAILED", why.as_str()),
        Verdict::Skipped(why) => ("skipped", why.as_str()),
    };
    let counts = format!("{} passed, {} failed", step.tally.passed, step.tally.failed);
    let mut row = format!("{mark:<8}{:<28}{:>7.1} s  {counts}", step.name, step.took.as_secs_f64());
    if step.tally.skipped > 0 {
        let _ = write!(row, ", {} skipped", step.tally.skipped);
    }
    if !note.is_empty() {
        let _ = write!(row, "  ({note})");
    }
    row
}

#[cfg(test)]
mod tests {
    use super::{Report, Verdict, judge, row};
    use crate::failure::Failure;
    use crate::job::Job;
    use crate::tally::{Runner, Tally};

    fn printing(text: &str, code: u8) -> impl FnOnce() -> Result<Job, Failure> {
        let script = format!("echo '{text}'; exit {code}");
        move || Ok(Job::new("sh").args(["-c", &script]))
    }

    #[test]
    fn steps_add_up_and_go_on_after_a_failure() {
        let mut report = Report::default();
        report.check("broken", || Err(Failure::new("as it must")));
        report.tests("unit", Runner::Libtest, printing("test result: ok. 4 passed; 0 failed; 2 ignored", 0));
        report.tests(
            "red",
            Runner::Libtest,
            printing("test result: FAILED. 1 passed; 2 failed; 0 ignored", 101),
        );
        report.tests("no set-up", Runner::Pytest, || Err(Failure::new("no Python")));
        report.skip("browser", "no suite");
        assert_eq!(report.total(), Tally { passed: 5, failed: 4, skipped: 2 });
        assert_eq!(report.steps.len(), 5);
    }

    #[test]
    fn a_runner_that_breaks_or_runs_nothing_counts_as_a_failure() {
        assert_eq!(judge(Tally::default(), Err(Failure::new("build error"))).0, Tally::ONE_FAILED);
        assert_eq!(judge(Tally::default(), Ok(())).0, Tally::ONE_FAILED);
        assert!(matches!(judge(Tally::ONE_PASSED, Ok(())).1, Verdict::Passed));
        assert!(matches!(judge(Tally::ONE_FAILED, Ok(())).1, Verdict::Failed(_)));
    }

    #[test]
    fn a_row_says_why() {
        let mut report = Report::default();
        report.skip("browser", "no suite yet");
        assert!(row(&report.steps[0]).contains("skipped browser"), "{}", row(&report.steps[0]));
        assert!(row(&report.steps[0]).ends_with("(no suite yet)"));
    }
}
