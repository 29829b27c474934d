//! What the command takes. The texts are the help that `--help` prints.

use std::num::NonZeroUsize;
use std::str::FromStr;

use clap::Parser;
use hyperserve_core::TrustedProxies;
use hyperserve_server::{Bind, LimitError, Limits};
use tracing_subscriber::filter::LevelFilter;

/// A web server that is safe by default. Without an application it serves a first page about itself.
///
/// It prints one line `listening on URL` for each address. SIGTERM or Ctrl+C lets running requests end, a second one
/// does not wait; SIGHUP reads the certificates again.
#[derive(Debug, Parser)]
#[command(name = "hyperserve", version, max_term_width = 100)]
pub(super) struct Arguments {
    /// Address for HTTP; may be given many times. `8080`, `:8080` (every interface), `[::1]:8080`, `localhost:8080`,
    /// `unix:/run/app.sock`, `fd:3`, `systemd`
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(super) listen: Vec<Bind>,

    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N")]
    pub(super) workers: Option<NonZeroUsize>,

    /// Pin each worker to a core of its own
    #[arg(long)]
    pub(super) pin: bool,

    /// Set a limit, such as `head_timeout=5s`, `body_limit=16MiB` or `keep_alive_timeout=off`; may be given many times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) set: Vec<Setting>,

    /// Print every limit with its value in force and what it bounds, then exit
    #[arg(long)]
    pub(super) limits: bool,

    /// Networks whose word about the client counts, with commas: `10.0.0.0/8`, `::1`, `loopback`, `private`, `unix`
    #[arg(long, value_name = "LIST")]
    pub(super) trusted_proxies: Option<TrustedProxies>,

    /// Expect a PROXY protocol header on connections from trusted proxies
    #[arg(long, requires = "trusted_proxies")]
    pub(super) proxy_protocol: bool,

    /// Log level on standard error: off, error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(super) log: LevelFilter,

    #[cfg(feature = "tls")]
    #[command(flatten)]
    pub(super) tls: super::tls::TlsArguments,
}

impl Arguments {
    /// The defaults with what `--set` changes.
    pub(super) fn limits_in_force(&self) -> Limits {
        let mut limits = Limits::default();
        for setting in &self.set {
            setting.apply(&mut limits);
        }
        limits
    }
}

/// One `NAME=VALUE` that names a limit and fits it.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    name: String,
    value: String,
}

impl Setting {
    fn apply(&self, limits: &mut Limits) {
        // It was accepted once, when it was read.
        let accepted = limits.set(&self.name, &self.value);
        debug_assert!(accepted.is_ok());
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((name, value)) = text.split_once('=') else {
            return Err("expected NAME=VALUE, such as head_timeout=5s".to_owned());
        };
        let setting = Self { name: name.trim().to_owned(), value: value.trim().to_owned() };
        let mut scratch = Limits::default();
        let known = scratch.set(&setting.name, &setting.value);
        known.map(|()| setting).map_err(|error: LimitError| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::time::Duration;

    fn read(words: &[&str]) -> Result<Arguments, String> {
        let words = ["hyperserve"].into_iter().chain(words.iter().copied());
        Arguments::try_parse_from(words).map_err(|error| error.to_string())
    }

    #[test]
    fn clap_finds_no_fault_in_the_table() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn addresses_given_replace_the_default() {
        let own = read(&["--listen", "9000", "--listen", "unix:/run/a.sock"]).unwrap();
        let names: Vec<_> = own.listen.iter().map(Bind::to_string).collect();
        assert_eq!(names, ["127.0.0.1:9000", "unix:/run/a.sock"]);
        assert_eq!(read(&[]).unwrap().listen[0].to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn later_settings_win() {
        let arguments = read(&["--set", "head_timeout=5s", "--set", "head_timeout = 7s"]).unwrap();
        assert_eq!(arguments.limits_in_force().head_timeout, Duration::from_secs(7));
    }

    #[test]
    fn a_wrong_argument_is_told_with_the_right_one() {
        let cases: &[(&[&str], &str)] = &[
            (&["--set", "head_timout=5s"], "did you mean `head_timeout`?"),
            (&["--set", "head_timeout=soon"], "expected a duration such as 30s or 500ms"),
            (&["--set", "head_timeout"], "expected NAME=VALUE"),
            (&["--listen", "::1:8080"], "written in brackets"),
            (&["--listen", "http://127.0.0.1:8080"], "this is a URL, an address is wanted"),
            (&["--trusted-proxies", "10.0.0.1/8"], "the network is 10.0.0.0/8"),
            (&["--proxy-protocol"], "--trusted-proxies <LIST>"),
            (&["--workers", "0"], "--workers <N>"),
            (&["--log", "loud"], "--log <LEVEL>"),
            (&["--lisen", "8080"], "'--listen'"),
        ];
        for (words, told) in cases {
            let error = read(words).unwrap_err();
            assert!(error.contains(told), "{words:?}: {error}");
        }
    }
}
