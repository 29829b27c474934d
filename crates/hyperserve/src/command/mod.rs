//! The command from its arguments to its exit code: 0 after a drain or when text was asked for, 1 when the server
//! cannot start, 2 when an argument is wrong.

mod arguments;
mod assemble;
mod failure;
mod log;
mod terminal;
#[cfg(feature = "tls")]
mod tls;

use clap::Parser;
use std::process::ExitCode;

use self::arguments::Arguments;
use self::failure::Failure;
use crate::demo;

/// Runs the command that this process was called as.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = if arguments.limits { terminal::limits(&arguments) } else { serve(&arguments) };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::fail(&failure);
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: &Arguments) -> Result<(), Failure> {
    log::start(arguments.log);
    let server = assemble::server(arguments)?.bind()?;
    terminal::announce(&server)?;
    let app = demo::app(server.handle(), &arguments.limits_in_force(), server.workers());
    let report = server.run(app)?;
    terminal::tell_what_was_cut(report, arguments.limits_in_force().drain_deadline);
    Ok(())
}
