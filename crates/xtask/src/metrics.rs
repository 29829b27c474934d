//! `cargo xtask metrics`: the page of metrics before the parsers of others, `promtool` and Python's `prometheus_client`.
//!
//! The page is made by the tests `metrics_parsers` of the middleware, which leave it to this tool to bring the parsers.
//! promtool comes out of Debian's package `prometheus` without installing it, since with it would come a server that starts.

use std::path::PathBuf;

use crate::debian;
use crate::failure::Failure;
use crate::job::Job;
use crate::report::Report;
use crate::tally::Runner;
use crate::venv;
use crate::workspace::Workspace;

const TESTS: &str = "metrics_parsers";
const REQUIREMENTS: &str = "crates/middleware/tests/metrics_parsers.txt";
/// Debian's package that holds promtool, and where in it.
const PACKAGE: &str = "prometheus";
const PROGRAM: &str = "usr/bin/promtool";

const MISSING: &str =
    "no promtool here, and no apt to get it from: install Prometheus, or name its promtool by PROMTOOL";

/// Both parsers; the second is asked even if the first finds faults.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let promtool = Promtool::find(workspace).ok_or_else(|| Failure::new(MISSING))?;
    let judged = [promtool.job(workspace).and_then(Job::succeed), python(workspace).and_then(Job::succeed)];
    judged.into_iter().collect()
}

/// Both as steps of the whole gate.
pub(crate) fn step(report: &mut Report, workspace: &Workspace) {
    const NAME: &str = "metrics: promtool";
    match Promtool::find(workspace) {
        Some(promtool) => report.tests(NAME, Runner::Libtest, || promtool.job(workspace)),
        None => report.skip(NAME, MISSING),
    }
    report.tests("metrics: prometheus_client", Runner::Libtest, || python(workspace));
}

/// Where promtool is, or is to be.
#[derive(Debug)]
enum Promtool {
    There(PathBuf),
    /// Not here yet, and apt brings it.
    Debian,
}

impl Promtool {
    /// What `PROMTOOL` names, that of the path, that of `.tools`, or Debian's.
    fn find(workspace: &Workspace) -> Option<Self> {
        let named = std::env::var_os("PROMTOOL").map(PathBuf::from);
        let installed = || debian::on_path("promtool").then(|| "promtool".into());
        let fetched = || Some(fetched(workspace)).filter(|program| program.is_file());
        let there = named.or_else(installed).or_else(fetched).map(Self::There);
        there.or_else(|| debian::may_download().then_some(Self::Debian))
    }

    fn job(self, workspace: &Workspace) -> Result<Job, Failure> {
        let program = match self {
            Self::There(program) => program,
            Self::Debian => {
                debian::extract(PACKAGE, &folder(workspace))?;
                fetched(workspace)
            }
        };
        Ok(tests(workspace, "promtool").env("PROMTOOL", program))
    }
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.tools().join(PACKAGE)
}

fn fetched(workspace: &Workspace) -> PathBuf {
    folder(workspace).join(PROGRAM)
}

fn python(workspace: &Workspace) -> Result<Job, Failure> {
    let python = venv::ensure(workspace, "prometheus-client", &workspace.path(REQUIREMENTS))?;
    Ok(tests(workspace, "python").env("PROMETHEUS_PYTHON", python))
}

/// The tests with `which` in their names; of the whole workspace, so that the build of the other tests is theirs too.
fn tests(workspace: &Workspace, which: &str) -> Job {
    workspace.cargo("test", &["--workspace", "--test", TESTS, "--", "--ignored", which])
}
