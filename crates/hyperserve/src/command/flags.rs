//! The flags. Each stands for a key of the configuration, whose rules it obeys; the texts are what `--help` prints.

use std::path::PathBuf;

use clap::Args;

use super::assignment::Assignment;
use crate::Config;

/// Settings, before or after the command
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// Address for HTTP; may be given many times. `8080`, `:8080` (every interface), `[::1]:8080`, `localhost:8080`,
    /// `unix:/run/app.sock`, `fd:3`, `systemd` [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", global = true)]
    listen: Vec<String>,

    /// Address for probes (/livez, /readyz, /healthz); may be given many times. `on` is :9080
    #[arg(long, value_name = "ADDR", global = true)]
    health_listen: Vec<String>,

    /// Address for /metrics, which Prometheus reads; `on` is 127.0.0.1:9090
    #[arg(long, value_name = "ADDR", global = true)]
    metrics: Option<String>,

    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", global = true)]
    workers: Option<String>,

    /// Pin each worker to a core of its own
    #[arg(long, global = true)]
    pin: bool,

    /// Read this file, TOML or JSON, instead of hyperserve.toml or options.json in the working directory
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    /// Set a key, such as `head_timeout=5s`, `body_limit=16MiB` or `keep_alive_timeout=off`; may be given many times
    #[arg(long, value_name = "NAME=VALUE", global = true)]
    set: Vec<Assignment>,

    /// Print every key with its value in force and where it comes from, as a configuration file, then exit
    #[arg(long, global = true)]
    pub(super) print_config: bool,

    /// Print every limit with its value in force and what it bounds, then exit
    #[arg(long, global = true)]
    pub(super) limits: bool,

    /// Networks whose word about the client counts, with commas: `10.0.0.0/8`, `::1`, `loopback`, `private`, `unix`
    #[arg(long, value_name = "LIST", global = true)]
    trusted_proxies: Option<String>,

    /// Expect a PROXY protocol header on connections from trusted proxies
    #[arg(long, global = true)]
    proxy_protocol: bool,

    /// Log level on standard error: off, error, warn, info, debug, trace [default: info]
    #[arg(long, value_name = "LEVEL", global = true)]
    log: Option<String>,

    #[command(flatten)]
    tls: TlsFlags,
}

/// Serving HTTPS beside HTTP
#[derive(Debug, Args)]
#[command(next_help_heading = "HTTPS")]
struct TlsFlags {
    /// `self-signed`: serve HTTPS on a certificate made for the occasion, which nobody trusts: for development
    #[arg(long, value_name = "KIND", global = true)]
    tls: Option<String>,

    /// Serve HTTPS on this certificate chain, a PEM file; it is read again when it changes
    #[arg(long, value_name = "FILE", global = true)]
    tls_cert: Option<String>,

    /// The private key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", global = true)]
    tls_key: Option<String>,

    /// Address for HTTPS; may be given many times [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR", global = true)]
    tls_listen: Vec<String>,

    /// Answer HTTP with a redirect to HTTPS, on PORT or on the port of the first --tls-listen
    #[arg(
        long,
        value_name = "PORT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "on",
        global = true
    )]
    https_redirect: Option<String>,

    /// Oldest TLS version a client may use, 1.2 or 1.3 [default: 1.2]
    #[arg(long, value_name = "VERSION", global = true)]
    tls_min_version: Option<String>,

    /// Ask clients for a certificate signed by these authorities, a PEM file
    #[arg(long, value_name = "FILE", global = true)]
    client_ca: Option<String>,

    /// Whether a client without a certificate is let in: required, optional, off [default: required]
    #[arg(long, value_name = "RULE", global = true)]
    client_auth: Option<String>,
}

impl Flags {
    /// Adds an address that another flag says.
    #[cfg(feature = "files")]
    pub(super) fn add_listen(&mut self, address: Option<String>) {
        self.listen.extend(address);
    }

    /// The file, the environment and the flags upon what the application brings.
    pub(super) fn configure(&self, application: Config) -> Config {
        let mut config = application.with_sources(self.config.as_deref());
        let tls = &self.tls;
        let given = [
            ("listen", self.listen.as_slice()),
            ("health_listen", &self.health_listen),
            ("metrics", self.metrics.as_slice()),
            ("tls_listen", &tls.tls_listen),
            ("workers", self.workers.as_slice()),
            ("trusted_proxies", self.trusted_proxies.as_slice()),
            ("log", self.log.as_slice()),
            ("tls", tls.tls.as_slice()),
            ("tls_cert", tls.tls_cert.as_slice()),
            ("tls_key", tls.tls_key.as_slice()),
            ("https_redirect", tls.https_redirect.as_slice()),
            ("tls_min_version", tls.tls_min_version.as_slice()),
            ("client_ca", tls.client_ca.as_slice()),
            ("client_auth", tls.client_auth.as_slice()),
        ];
        for (name, values) in given.into_iter().filter(|(_, values)| !values.is_empty()) {
            config = config.with_flag(&format!("--{}", name.replace('_', "-")), name, values);
        }
        for (flag, name, on) in
            [("--pin", "pin_workers", self.pin), ("--proxy-protocol", "proxy_protocol", self.proxy_protocol)]
        {
            config = if on { config.with_flag(flag, name, &["true"]) } else { config };
        }
        self.set.iter().fold(config, |config, set| config.with_flag("--set", &set.name, &[&set.value]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        flags: Flags,
    }

    fn configured(words: &str) -> Config {
        let words = ["hyperserve"].into_iter().chain(words.split_whitespace());
        Only::try_parse_from(words).unwrap().flags.configure(Config::new())
    }

    fn value(words: &str, name: &str) -> (String, String) {
        let entry = configured(words).get(name).unwrap();
        (entry.value, entry.origin.to_string())
    }

    /// A word for each flag, the key it sets, and what that key then is.
    const FLAGS: &[(&str, &str, &str)] = &[
        ("--listen 9000 --listen unix:/run/a.sock", "listen", "127.0.0.1:9000,unix:/run/a.sock"),
        ("--health-listen :9080", "health_listen", ":9080"),
        ("--metrics on", "metrics", "127.0.0.1:9090"),
        ("--workers 3", "workers", "3"),
        ("--pin", "pin_workers", "true"),
        ("--trusted-proxies loopback,::1", "trusted_proxies", "loopback,::1"),
        ("--proxy-protocol", "proxy_protocol", "true"),
        ("--log debug", "log", "debug"),
        ("--tls self-signed", "tls", "self-signed"),
        ("--tls-cert a.pem", "tls_cert", "a.pem"),
        ("--tls-key b.pem", "tls_key", "b.pem"),
        ("--tls-listen :9443 --tls-listen [::1]:1", "tls_listen", ":9443,[::1]:1"),
        ("--https-redirect", "https_redirect", "on"),
        ("--https-redirect=443", "https_redirect", "443"),
        ("--tls-min-version 1.3", "tls_min_version", "1.3"),
        ("--client-ca ca.pem", "client_ca", "ca.pem"),
        ("--client-auth optional", "client_auth", "optional"),
    ];

    #[test]
    fn each_flag_sets_its_key() {
        for &(words, name, expected) in FLAGS {
            let flag = words.split([' ', '=']).next().unwrap();
            assert_eq!(value(words, name), (expected.to_owned(), flag.to_owned()));
        }
    }

    #[test]
    fn any_key_can_be_set_and_the_last_wins() {
        let words = "--set head_timeout=5s --set head_timeout=7s --workers 2 --set workers=4";
        assert_eq!(value(words, "head_timeout"), ("7s".to_owned(), "--set".to_owned()));
        assert_eq!(value(words, "workers").0, "4");
    }

    #[test]
    fn what_is_wrong_names_the_flag() {
        let error = configured("--set head_timout=5s --workers none --listen ::1:8080")
            .check()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("--set: there is no key `head_timout`; did you mean `head_timeout`?"),
            "{error}"
        );
        assert!(error.contains("--workers: `none` is no value for `workers`"), "{error}");
        assert!(error.contains("--listen: `listen`: cannot listen on \"::1:8080\""), "{error}");
        let origins = |error: crate::ConfigError| {
            error.faults().iter().map(|fault| fault.origin().clone()).collect::<Vec<_>>()
        };
        let given = origins(configured("--proxy-protocol").check().unwrap_err());
        assert_eq!(given, [Origin::CommandLine("--proxy-protocol".to_owned())]);
    }
}
