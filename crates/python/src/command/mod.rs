//! The command line of the Python face: from its words, or the arguments of `hyperserve.run`, to the end of the server.
//!
//! Exit codes are those of the Rust command: 0 after a drain or when text was asked for, 2 when an argument is wrong, 1 for
//! everything else.

mod arguments;
mod env_file;
mod flag;
mod groups;
mod keyword;
mod log;
mod options;
mod serve;
mod settle;

use clap::ArgMatches;
use hyperserve::Config;
use hyperserve::command::{Failure, check_config, print, print_config, print_limits, tell};
use pyo3::prelude::*;

pub(crate) use self::options::Options;
pub(crate) use self::serve::run;
use crate::supervisor;

/// What stands before every sentence on standard error.
const PROGRAM: &str = "hyperserve";

/// Runs the command with these words, the first of which is its own name; the result is its exit code.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, argv: Vec<String>) -> PyResult<i32> {
    if let Some(inherited) = supervisor::worker(py)? {
        return serve::as_worker(py, inherited);
    }
    let matches = match arguments::command(py).try_get_matches_from(argv) {
        Ok(matches) => matches,
        // `--help` and `--version` are answered here, too. Nobody may read them to their end.
        Err(text) => {
            let _ = text.print();
            return Ok(text.exit_code());
        }
    };
    match settle::settled(py, || arguments::configure(&matches)) {
        Ok(config) => perform(py, &matches, config),
        Err(failure) => Ok(failed(&failure)),
    }
}

fn perform(py: Python<'_>, matches: &ArgMatches, config: Config) -> PyResult<i32> {
    let answered = if matches.get_flag("print_config") {
        print_config(&config)
    } else if matches.get_flag("limits") {
        print_limits(&config)
    } else {
        match matches.subcommand() {
            Some(("check-config", _)) => check_config(&config),
            Some(("completions", named)) => completions(py, named),
            _ => return serve::from_command(py, config),
        }
    };
    Ok(answered.map_or_else(|failure| failed(&failure), |()| 0))
}

fn completions(py: Python<'_>, named: &ArgMatches) -> Result<(), Failure> {
    let mut script = Vec::new();
    if let Some(shell) = named.get_one::<clap_complete::Shell>("shell") {
        clap_complete::generate(*shell, &mut arguments::command(py), PROGRAM, &mut script);
    }
    print(&script)
}

/// Tells why there is no server; the result is the exit code.
fn failed(failure: &Failure) -> i32 {
    tell(PROGRAM, failure);
    failure.code().into()
}
