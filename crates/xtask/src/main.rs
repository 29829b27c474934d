//! The project's chores, one verb a file: `cargo xtask help` lists them.
//!
//! `cargo xtask test` is the whole gate; everything else is one suite or one audit of it, on its own.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: its terminal is where its results belong"
)]

mod autobahn;
mod bench;
mod bench_python;
mod conformance;
mod debian;
mod deny;
mod desync;
mod failure;
mod features;
mod fuzz;
mod http2;
mod job;
mod metrics;
mod process_tree;
mod python;
mod report;
mod server;
mod slow;
mod suites;
mod tally;
mod test;
mod tls_audit;
mod tools;
mod venv;
mod workspace;

use std::process::ExitCode;

use crate::failure::Failure;
use crate::workspace::Workspace;

const USAGE: &str = "\
cargo xtask VERB

  test                  set up this machine, then run every check and every test; ends with `N passed, N failed`
  conformance [EXE]     the cases of spec/cases against this workspace's app, or against another executable
  http2                 httpwg (RFC 9113) against the conformance app; known failures are in tests/httpwg-allow.txt
  autobahn [quick]      the Autobahn test suite (CPython 2.7) against our WebSocket server; `client` against our client
  metrics               the page of metrics before promtool and Python's prometheus_client
  desync                the http_desync_guardian corpus: severe requests refused, compliant ones served
  slow                  slowhttptest in its four modes: every connection closed by the default limits
  tls-audit             sslyze (Mozilla intermediate) and testssl.sh against the hyperserve command
  fuzz [SECONDS]        every target of fuzz/, SECONDS each (60 unless told), on the nightly toolchain
  bench [NAME] [ARGS]   the measuring scripts of benches/, one after the other, or only NAME; `python` is the Python face
  python [VERSION …]    the Python face, built and tested on each CPython found, or on those named; more words are pytest's
  wheel [VERSION …]     release wheels into target/wheels, each installed and asked once
  soak python [ARGS]    ten million requests, slow and vanishing clients, killed workers, over the Python face
  help                  this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode, Failure> {
    let workspace = Workspace::here();
    let (verb, rest) = arguments.split_first().map_or(("help", [].as_slice()), |(verb, rest)| (verb, rest));
    match verb {
        "test" => return Ok(test::run(&workspace)),
        "conformance" => conformance::run(&workspace, rest)?,
        "http2" => http2::run(&workspace)?,
        "autobahn" => autobahn::run(&workspace, rest)?,
        "metrics" => metrics::run(&workspace)?,
        "desync" => desync::run(&workspace)?,
        "slow" => slow::run(&workspace)?,
        "tls-audit" => tls_audit::run(&workspace)?,
        "fuzz" => fuzz::run(&workspace, rest)?,
        "bench" => bench::run(&workspace, rest)?,
        "python" => python::run(&workspace, rest)?,
        "wheel" => python::wheel::run(&workspace, rest)?,
        "soak" => bench_python::soak(&workspace, rest)?,
        "help" | "--help" | "-h" => print!("{USAGE}"),
        unknown => return Err(Failure::new(format!("no verb `{unknown}`\n\n{USAGE}"))),
    }
    Ok(ExitCode::SUCCESS)
}
