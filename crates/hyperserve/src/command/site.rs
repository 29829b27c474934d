//! `hyperserve serve DIR`: a directory as the application.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use hyperserve_static::StaticFiles;

use super::failure::Failure;
use crate::{App, Config};

/// What is said of a directory on the command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Site {
    directory: PathBuf,
    spa: bool,
    listing: bool,
}

/// Adds to the command `serve` what it takes.
pub(super) fn arguments(serve: Command) -> Command {
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).requires("directory").help(help)
    };
    serve
        .arg(
            Arg::new("directory")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Serve the files of this directory, and log each request"),
        )
        .arg(switch(
            "spa",
            "Answer paths that name no file with index.html, for an application that makes its pages itself",
        ))
        .arg(switch("listing", "List directories that have no index.html"))
        .arg(
            Arg::new("port")
                .long("port")
                .short('p')
                .value_name("PORT")
                .value_parser(value_parser!(u16))
                .conflicts_with("listen")
                .help("Listen on this port of 127.0.0.1; short for --listen 127.0.0.1:PORT"),
        )
}

impl Site {
    /// What the words after `serve` say.
    pub(super) fn of(matches: &ArgMatches) -> Option<Self> {
        let serve = matches.subcommand_matches("serve")?;
        Some(Self {
            directory: serve.get_one::<PathBuf>("directory")?.clone(),
            spa: serve.get_flag("spa"),
            listing: serve.get_flag("listing"),
        })
    }

    /// The application, on a server that has the kernel send files or not.
    pub(super) fn app(&self, sendfile: bool) -> Result<App, Failure> {
        let told = |error: hyperserve_static::StaticFilesError| Failure::usage(error.to_string());
        let files = StaticFiles::new(&self.directory).map_err(told)?;
        let mut files = files.with_listing(self.listing).with_sendfile(sendfile);
        if self.spa {
            files = files.with_spa("index.html").map_err(told)?;
        }
        Ok(App::new().mount("/", files).with_config(defaults()))
    }
}

/// What people expect of a server that they start by hand: they see who asks for what.
fn defaults() -> Config {
    #[cfg(feature = "stack")]
    return Config::new().with_defaults([("access_log", "true"), ("access_log_format", "uvicorn")]);
    #[cfg(not(feature = "stack"))]
    return Config::new();
}

/// The address that `--port` says.
pub(super) fn port(matches: &ArgMatches) -> Option<String> {
    let port = matches.subcommand_matches("serve")?.get_one::<u16>("port")?;
    Some(format!("127.0.0.1:{port}"))
}
