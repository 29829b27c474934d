//! The `hyperserve` command: a server with its first page. `hyperserve --help` lists what it takes.

use std::process::ExitCode;

fn main() -> ExitCode {
    hyperserve::run_command()
}
