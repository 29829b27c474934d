//! [`Program`]: which program the command line belongs to.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command, CommandFactory};
use clap_complete::Shell;

use super::arguments::Arguments;
use super::failure::Failure;
use super::terminal;

/// The `hyperserve` command itself, or a program with an application of its own.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) name: String,
    is_own: bool,
}

impl Program {
    pub(super) fn hyperserve() -> Self {
        Self { name: "hyperserve".to_owned(), is_own: true }
    }

    /// By the name under which it was called.
    pub(super) fn of_this_process() -> Self {
        let path = std::env::args_os().next().map(PathBuf::from);
        let name = path.as_deref().and_then(Path::file_stem).map(OsStr::to_string_lossy);
        Self { name: name.map_or_else(|| "app".to_owned(), Into::into), is_own: false }
    }

    /// What it takes.
    pub(super) fn command(&self) -> Command {
        let command = Arguments::command().name(self.name.clone()).bin_name(self.name.clone());
        if self.is_own {
            command.mut_subcommand("serve", what_to_serve)
        } else {
            command.disable_version_flag(true)
        }
    }

    pub(super) fn completions(&self, shell: Shell) -> Result<(), Failure> {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut self.command(), self.name.clone(), &mut text);
        terminal::print(&text)
    }
}

/// A directory or the first page; the flag says so in words.
fn what_to_serve(serve: Command) -> Command {
    let help = "Serve the first page: the server about itself, its figures, and things to try";
    let demo = Arg::new("demo").long("demo").action(ArgAction::SetTrue).help(help);
    #[cfg(feature = "files")]
    return super::site::arguments(serve).arg(demo.conflicts_with("directory"));
    #[cfg(not(feature = "files"))]
    return serve.arg(demo);
}

/// Whoever reads the text may have seen enough, as in `hyperserve --limits | head`.
pub(super) fn is_enough(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
