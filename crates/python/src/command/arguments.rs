//! What the command takes, made of the table of keys.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use hyperserve::Config;
use hyperserve::command::Assignment;
use pyo3::prelude::*;

use super::PROGRAM;
use super::flag::{Flag, flags, wrapped};

const ABOUT: &str = "\
Serves a Python web application: ASGI 3 or WSGI.

It prints one line `listening on URL` for each address. SIGTERM or Ctrl+C lets running requests end, a second one does not \
wait; SIGHUP replaces the workers one by one, or reads the certificates again where there is one process.";

const AFTER: &str = "\
Settings come from a file (hyperserve.toml or options.json in the working directory, or --config), from the environment \
(HS_ and the name in capitals: HS_PORT) and from flags; later ones win. A time is written 30s, 500ms or 2m, a size 64KiB or \
2MiB. Every key that --print-config shows is a flag as well: --head-timeout 5s.";

/// The command, without words yet.
pub(super) fn command(py: Python<'_>) -> Command {
    let version = format!("{}, {}", env!("CARGO_PKG_VERSION"), interpreter(py));
    Command::new(PROGRAM)
        .bin_name(PROGRAM)
        .version(version)
        .about(paragraphs(ABOUT))
        .after_help(paragraphs(AFTER))
        .next_line_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("check-config").about(
                "Say whether the configuration is good, certificates included, and what is wrong with it",
            ),
        )
        .subcommand(Command::new("completions").about("Print the completions for a shell").arg(shell()))
        .args(general())
        .args(flags().iter().flat_map(Flag::arguments))
}

fn paragraphs(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| wrapped(line, 96)).collect();
    lines.join("\n")
}

/// `CPython 3.11.7`
fn interpreter(py: Python<'_>) -> String {
    let info = py.version_info();
    let name = py
        .import("platform")
        .and_then(|platform| platform.call_method0("python_implementation")?.extract::<String>());
    let name = name.unwrap_or_else(|_| "Python".to_owned());
    format!("{name} {}.{}.{}", info.major, info.minor, info.patch)
}

fn shell() -> Arg {
    Arg::new("shell").required(true).value_parser(value_parser!(Shell)).help("Which shell")
}

fn general() -> Vec<Arg> {
    vec![
        Arg::new("app").value_name("APP").value_parser(NonEmptyStringValueParser::new()).help(
            "The application: a module and a name in it, such as main:app",
        ),
        Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Read this file, TOML or JSON, instead of hyperserve.toml or options.json in the working directory")
            .global(true),
        Arg::new("set")
            .long("set")
            .value_name("NAME=VALUE")
            .value_parser(value_parser!(Assignment))
            .action(ArgAction::Append)
            .help("Set a key, such as head_timeout=5s or keep_alive_timeout=off; may be given many times")
            .global(true),
        asked("print_config", "Print every key with its value in force and where it comes from, as a configuration file"),
        asked("limits", "Print every limit with its value in force and what it bounds"),
    ]
}

fn asked(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name.replace('_', "-")).help(help).action(ArgAction::SetTrue).global(true)
}

/// The file, the environment and the flags.
pub(super) fn configure(matches: &ArgMatches) -> Config {
    let named = matches.get_one::<PathBuf>("config");
    let mut config = Config::for_python().with_sources(named.map(PathBuf::as_path));
    if let Some(app) = matches.get_one::<String>("app") {
        config = config.with_flag("APP", "app", &[app]);
    }
    for flag in flags() {
        config = flag.apply(config, matches);
    }
    let sets = matches.get_many::<Assignment>("set").into_iter().flatten();
    sets.fold(config, |config, set| config.with_flag("--set", &set.name, &[&set.value]))
}
