//! `cargo xtask python [VERSION …] [PYTEST ARGS]`: the Python face, built and tested on each CPython of this machine.

mod extension;
mod interpreter;
pub(crate) mod wheel;

use std::path::PathBuf;

use self::interpreter::Interpreter;
use crate::failure::Failure;
use crate::job::Job;
use crate::report::Report;
use crate::tally::Runner;
use crate::venv;
use crate::workspace::Workspace;

const TESTS: &str = "tests/python";
/// What the suites need, and what the real applications need beside it.
const REQUIREMENTS: [&str; 2] = ["requirements.txt", "requirements-apps.txt"];
/// Where the suites look for the package under test.
const PACKAGE: &str = "HYPERSERVE_PYTHON_PATH";

/// Every version named, else every one found; all of them, even if the first is red.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let (versions, pytest) = split(arguments);
    let mut red = Vec::new();
    for interpreter in interpreter::wanted(versions)? {
        println!("\n=== {interpreter}");
        let job = suites(workspace, &interpreter)?.args(pytest);
        if let Err(failure) = job.succeed() {
            red.push(format!("{interpreter}: {failure}"));
        }
    }
    if red.is_empty() { Ok(()) } else { Err(Failure::new(red.join("; "))) }
}

/// The suites on the machine's own `python3`, as a step of the whole gate.
pub(crate) fn step(report: &mut Report, workspace: &Workspace) {
    report.tests("python face", Runner::Pytest, || suites(workspace, &interpreter::default_one()?));
}

/// Builds, places and prepares; the command that runs the suites.
fn suites(workspace: &Workspace, interpreter: &Interpreter) -> Result<Job, Failure> {
    let package = extension::place(workspace, interpreter)?;
    let name = format!("python-{}", interpreter.version());
    let python = venv::ensure_on(workspace, interpreter.program(), &name, &requirements(workspace))?;
    let pytest = ["-m", "pytest", "-p", "no:cacheprovider", TESTS];
    Ok(workspace.job(python).args(pytest).env(PACKAGE, package))
}

fn requirements(workspace: &Workspace) -> Vec<PathBuf> {
    let files = REQUIREMENTS.iter().map(|name| workspace.path(TESTS).join(name));
    files.filter(|file| file.exists()).collect()
}

/// Versions come first; the rest is pytest's.
fn split(arguments: &[String]) -> (&[String], &[String]) {
    let versions = arguments.iter().take_while(|word| interpreter::is_version(word)).count();
    arguments.split_at(versions)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn versions_come_before_the_arguments_of_pytest() {
        let words = ["3.11", "3.13", "-k", "3.12"].map(str::to_owned);
        assert_eq!(split(&words), (&words[..2], &words[2..]));
        assert_eq!(split(&words[2..]), (&[][..], &words[2..]));
    }
}
