//! A command line for an application: from its words to its exit code.
//!
//! 0 after a drain or when text was asked for, 1 when the server cannot start, 2 when an argument is wrong.
//!
//! [`App::run_cli`] is all that most programs need. For those with a command line of their own there are its parts: what
//! `--print-config`, `--limits` and `check-config` answer, and how a [`Failure`] is told.

mod action;
mod arguments;
mod assignment;
mod failure;
mod flags;
mod log;
mod program;
mod routes;
#[cfg(feature = "files")]
mod site;
mod terminal;

use std::process::ExitCode;

use self::action::Action;
use self::arguments::Arguments;
pub use self::assignment::Assignment;
pub use self::failure::Failure;
use self::program::Program;
pub use self::terminal::{check_config, print, print_config, print_limits, tell};
use crate::{App, Config, demo};

/// Runs the `hyperserve` command that this process was called as.
///
/// Its application is a first page about the server itself, or the files of a directory (`serve DIR`); [`App::run_cli`] is the same command for an application of
/// your own.
#[must_use = "the exit code is for `main` to return"]
pub fn run() -> ExitCode {
    let program = Program::hyperserve();
    let arguments = Arguments::of_this_process(&program);
    #[cfg(feature = "files")]
    if let Some(site) = &arguments.site {
        let sendfile = arguments.settings.configure(Config::new()).is_on("sendfile");
        return match site.app(sendfile) {
            Ok(app) => run_with(&program, arguments, app),
            Err(failure) => failed(&program, &failure),
        };
    }
    run_with(&program, arguments, demo::app())
}

pub(crate) fn run_app<S: Clone + Send + Sync + 'static>(app: App<S>) -> ExitCode {
    let program = Program::of_this_process();
    let arguments = Arguments::of_this_process(&program);
    run_with(&program, arguments, app)
}

fn run_with<S: Clone + Send + Sync + 'static>(
    program: &Program,
    arguments: Arguments,
    mut app: App<S>,
) -> ExitCode {
    let config = arguments.settings.configure(app.take_config());
    match perform(program, arguments, config, app) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(program, &failure),
    }
}

fn failed(program: &Program, failure: &Failure) -> ExitCode {
    tell(&program.name, failure);
    failure.exit_code()
}

fn perform<S: Clone + Send + Sync + 'static>(
    program: &Program,
    arguments: Arguments,
    config: Config,
    app: App<S>,
) -> Result<(), Failure> {
    if arguments.settings.print_config {
        return print_config(&config);
    }
    if arguments.settings.limits {
        return print_limits(&config);
    }
    match arguments.action.unwrap_or(Action::Serve) {
        Action::Serve => serve(program, config, app),
        Action::Routes { json } => routes::print(&app.routes(), json),
        Action::CheckConfig => check_config(&config),
        Action::Completions { shell } => program.completions(shell),
    }
}

fn serve<S: Clone + Send + Sync + 'static>(
    program: &Program,
    config: Config,
    app: App<S>,
) -> Result<(), Failure> {
    let limits = config.limits()?;
    log::start(config.log_level());
    let bound = app.with_config(config).bind()?;
    terminal::announce(&bound)?;
    let report = bound.run()?;
    terminal::tell_what_was_cut(&program.name, report, limits.drain_deadline);
    Ok(())
}
