//! What the command takes.

use clap::{ArgMatches, FromArgMatches, Parser};

use super::action::Action;
use super::flags::Flags;
use super::program::Program;
#[cfg(feature = "files")]
use super::site::Site;

/// A web server that is safe by default.
///
/// It prints one line `listening on URL` for each address. SIGTERM or Ctrl+C lets running requests end, a second one
/// does not wait; SIGHUP reads the certificates again.
///
/// Settings come from a file (hyperserve.toml or options.json in the working directory, or --config), from the
/// environment (HS_ and the name in capitals) and from flags; later ones win. --print-config shows them all.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) action: Option<Action>,

    #[command(flatten)]
    pub(super) settings: Flags,

    #[cfg(feature = "files")]
    #[arg(skip)]
    pub(super) site: Option<Site>,
}

impl Arguments {
    /// Reads the words of this process; on a mistake, or `--help`, the process ends here.
    pub(super) fn of_this_process(program: &Program) -> Self {
        let mut command = program.command();
        let matches = command.get_matches_mut();
        Self::of(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
    }

    #[cfg(feature = "files")]
    fn with_site(mut self, matches: &ArgMatches) -> Self {
        self.site = Site::of(matches);
        self.settings.add_listen(super::site::port(matches));
        self
    }

    fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let arguments = Self::from_arg_matches(matches)?;
        #[cfg(feature = "files")]
        let arguments = arguments.with_site(matches);
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments, String> {
        let words = ["hyperserve"].into_iter().chain(words.iter().copied());
        let matches = Program::hyperserve().command().try_get_matches_from(words);
        matches.and_then(|matches| Arguments::of(&matches)).map_err(|error| error.to_string())
    }

    #[test]
    fn clap_finds_no_fault_in_the_table() {
        Program::hyperserve().command().debug_assert();
        Program::of_this_process().command().debug_assert();
    }

    #[test]
    fn flags_stand_before_or_after_the_command_or_without_one() {
        for words in
            [&["--workers", "2"][..], &["serve", "--workers", "2"], &["--workers", "2", "serve", "--demo"]]
        {
            let arguments = read(words).unwrap();
            assert_eq!(
                arguments.settings.configure(crate::Config::new()).get("workers").unwrap().value,
                "2",
                "{words:?}"
            );
        }
        assert!(matches!(read(&["routes", "--json"]).unwrap().action, Some(Action::Routes { json: true })));
        assert!(read(&[]).unwrap().action.is_none());
    }

    #[test]
    fn a_wrong_argument_is_told_with_the_right_one() {
        let cases: &[(&[&str], &str)] = &[
            (&["--lisen", "8080"], "'--listen'"),
            (&["--set", "head_timeout"], "expected NAME=VALUE"),
            (&["rutes"], "'routes'"),
            (&["completions", "command.com"], "bash"),
        ];
        for (words, told) in cases {
            let error = read(words).unwrap_err();
            assert!(error.contains(told), "{words:?}: {error}");
        }
    }
}
