//! Runs the cases of `spec/cases` against the workspace's own app, or against `HYPERSERVE_CONFORMANCE_EXE`: all of them, or
//! those of the list that `HYPERSERVE_CONFORMANCE_CASES` names.

use std::{error::Error, path::Path, process::ExitCode, time::Instant};

use hyperserve_tests::{Fault, Options, Program, Subset, Suite, cases_folder, conclude};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1));
    let all = Suite::load(&cases_folder())?;
    let suite = options.apply(&listed(&all)?);
    if options.listed(&suite) {
        return Ok(ExitCode::SUCCESS);
    }
    let started = Instant::now();
    let verdicts = suite.run(&program()).await;
    let filtered_out = all.names().count() - suite.names().count();
    let green = conclude(&verdicts, filtered_out, started.elapsed());
    Ok(if green { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn program() -> Program {
    match std::env::var("HYPERSERVE_CONFORMANCE_EXE") {
        Ok(line) => Program::new(&line),
        Err(_) => Program::executable(env!("CARGO_BIN_EXE_conformance-app")),
    }
}

fn listed(all: &Suite) -> Result<Suite, Fault> {
    match std::env::var_os("HYPERSERVE_CONFORMANCE_CASES") {
        Some(path) => Subset::load(Path::new(&path))?.apply(all),
        None => Ok(all.clone()),
    }
}
