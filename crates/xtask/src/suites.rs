//! The suites outside cargo: end-to-end tests in Python, a real browser driven from Node, and Autobahn's cases.

use std::fs;
use std::path::Path;

use crate::autobahn;
use crate::debian::{self, Suite};
use crate::failure::Failure;
use crate::job::Job;
use crate::python;
use crate::report::Report;
use crate::tally::Runner;
use crate::venv;
use crate::workspace::Workspace;

/// Names the folder that holds the programs under test, for both suites.
const PROGRAMS: &str = "HYPERSERVE_BIN_DIR";
/// Names the server that the Python suite starts.
const APP: &str = "E2E_APP";

/// Adds the suites to `report`, with the build of the programs they start.
pub(crate) fn run(workspace: &Workspace, report: &mut Report) {
    let end_to_end_tests = holds_tests(&workspace.path("tests/e2e"));
    let browser = workspace.path("tests/browser/package.json").exists();
    if end_to_end_tests || browser {
        report.check("programs", || workspace.cargo("build", &["--workspace", "--bins"]).succeed());
    }
    match end_to_end_tests {
        true => report.tests("python end to end", Runner::Pytest, || end_to_end(workspace)),
        false => report.skip("python end to end", "tests/e2e holds no tests"),
    }
    python::step(report, workspace);
    match browser {
        true => report.tests("browser", Runner::Node, || in_browser(workspace)),
        false => report.skip("browser", "tests/browser holds no tests"),
    }
    autobahn::step(report, workspace);
}

/// pytest collects `test_*.py`; the audits beside them are programs of their own.
fn holds_tests(folder: &Path) -> bool {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names
        .filter_map(|name| name.into_string().ok())
        .any(|name| name.starts_with("test_") && name.ends_with(".py"))
}

fn end_to_end(workspace: &Workspace) -> Result<Job, Failure> {
    debian::ensure(&[Suite::EndToEnd])?;
    let python = venv::ensure(workspace, "venv", &workspace.path("tests/e2e/requirements.txt"))?;
    let pytest = ["-m", "pytest", "-p", "no:cacheprovider", "tests/e2e"];
    Ok(workspace
        .job(python)
        .args(pytest)
        .env(PROGRAMS, workspace.programs())
        .env(APP, workspace.programs().join("e2e-app")))
}

fn in_browser(workspace: &Workspace) -> Result<Job, Failure> {
    debian::ensure(&[Suite::Browser])?;
    check_node()?;
    let folder = workspace.path("tests/browser");
    println!("installing the npm packages of tests/browser/package-lock.json");
    Job::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .directory(&folder)
        .succeed()?;
    Ok(Job::new("node").args(["--test"]).directory(&folder).env(PROGRAMS, workspace.programs()))
}

/// `node --test` is stable from Node 20 on.
fn check_node() -> Result<(), Failure> {
    let check = "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)";
    let found = Job::new("node").args(["-e", check]).output();
    found.map(drop).map_err(Failure::during("Node 20 or later is needed"))
}
