//! The `hyperserve` command: a server with its first page. `hyperserve --help` lists what it takes.

mod command;
mod demo;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run()
}
