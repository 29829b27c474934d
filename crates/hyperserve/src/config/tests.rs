//! Precedence, origins and faults.

use super::*;
use hyperserve_server::Limits;
use std::fs;
use tempfile::TempDir;

pub(super) fn value(config: &Config, name: &str) -> (String, Origin) {
    let entry = config.get(name).unwrap();
    (entry.value, entry.origin)
}

pub(super) fn faults(config: &Config) -> Vec<String> {
    config
        .check()
        .err()
        .map_or_else(Vec::new, |error| error.faults().iter().map(ToString::to_string).collect())
}

pub(super) fn file(name: &str, text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    (folder, path)
}

pub(super) fn variables(
    pairs: &[(&str, &str)],
) -> impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)> {
    let owned: Vec<_> = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    owned.into_iter()
}

#[test]
fn later_kinds_of_origin_win_in_whatever_order_they_come() {
    let (_folder, path) = file("a.toml", "head_timeout = \"3s\"\nworkers = 3\nlog = \"warn\"\nh2c = false\n");
    let mut config = Config::new().with("head_timeout", "6s");
    config.read_environment(variables(&[
        ("HS_HEAD_TIMEOUT", "4s"),
        ("HS_WORKERS", "4"),
        ("HS_LOG", "debug"),
    ]));
    config.set("head_timeout", "5s", Origin::CommandLine("--set".to_owned()));
    config.set("workers", "5", Origin::CommandLine("--workers".to_owned()));
    let config = config.with_file(&path).with_defaults([
        ("head_timeout", "2s"),
        ("workers", "2"),
        ("log", "error"),
        ("h2c", "true"),
        ("max_head", "16KiB"),
    ]);
    assert_eq!(value(&config, "head_timeout"), ("6s".to_owned(), Origin::Code));
    assert_eq!(value(&config, "workers"), ("5".to_owned(), Origin::CommandLine("--workers".to_owned())));
    assert_eq!(value(&config, "log"), ("debug".to_owned(), Origin::Environment("HS_LOG".to_owned())));
    assert_eq!(value(&config, "h2c"), ("false".to_owned(), Origin::File { path, line: Some(4) }));
    assert_eq!(value(&config, "max_head"), ("16KiB".to_owned(), Origin::Application));
    assert_eq!(value(&config, "max_target"), ("8KiB".to_owned(), Origin::Default));
}

#[test]
fn of_one_origin_the_last_wins() {
    let config = Config::new().with("workers", 2).with("workers", 3);
    assert_eq!(value(&config, "workers").0, "3");
}

#[test]
fn all_faults_are_told_at_once() {
    let text = "head_timout = \"5s\"\nworkers = \"many\"\nlisten = { port = 1 }\nunix_mode = 660\n";
    let (_folder, path) = file("bad.toml", text);
    let config = Config::new().with_file(&path).with("tls_cert", "a.pem").with("proxy_protocol", true);
    let at = path.display();
    assert_eq!(
        faults(&config),
        [
            format!("{at}:1: there is no key `head_timout`; did you mean `head_timeout`?"),
            format!("{at}:2: `many` is no value for `workers`: expected auto, or a number from 1 to 1024"),
            format!("{at}:3: `listen`: a table, where a list of addresses is wanted"),
            format!(
                "{at}:4: `unix_mode`: a number, where permission bits as text, such as \"660\" is wanted"
            ),
            "`tls_cert` needs `tls_key`, the file of its private key".to_owned(),
            "`proxy_protocol` needs `trusted_proxies`, the networks whose header counts".to_owned(),
        ]
    );
}

#[test]
fn a_file_that_is_not_there_or_broken_is_told() {
    assert_eq!(faults(&Config::new().with_file("/no/such.toml")), ["/no/such.toml: no such file"]);
    let (_folder, path) = file("a.json", "{\"log\": \n}");
    let told = faults(&Config::new().with_file(&path));
    assert!(told[0].starts_with(&format!("{}:2: expected value", path.display())), "{told:?}");
}

#[test]
fn everything_can_be_switched_off() {
    for entry in Config::new().entries() {
        for off in ["false", "0", "off"] {
            let config = Config::new().with(entry.name, off);
            let told = faults(&config);
            let expected = match (entry.name, off) {
                // Permission bits have no off; none at all is 0.
                ("unix_mode", "false" | "off") => "is no value for",
                ("listen", _) => "there is no address to listen on",
                ("tls_listen" | "tls_reload_interval" | "client_auth", _) => "needs a certificate",
                _ => {
                    assert!(told.is_empty(), "{} = {off}: {told:?}", entry.name);
                    continue;
                }
            };
            assert!(told.len() == 1 && told[0].contains(expected), "{} = {off}: {told:?}", entry.name);
        }
    }
}

#[test]
fn what_is_printed_reads_back_the_same() {
    let config = Config::new()
        .with("listen", "8080,unix:/run/a \"b\"\\c.sock")
        .with("tls_cert", "/etc/\u{e9}.pem")
        .with("tls_key", "/etc/key.pem")
        .with("unix_mode", "070")
        .with("workers", 3)
        .with("extra_methods", "PROPFIND,MKCOL")
        .with_defaults([("drain_delay", "2s")]);
    let text = config.to_toml();
    assert!(text.contains("workers = 3 # from the code\n"), "{text}");
    assert!(text.contains("drain_delay = \"2s\" # from the application's default\n"), "{text}");
    assert!(text.contains("head_timeout = \"10s\" # from built-in default\n"), "{text}");
    let (_folder, path) = file("printed.toml", &text);
    let again = Config::new().with_file(&path);
    again.check().unwrap();
    let values = |config: &Config| {
        config.entries().into_iter().map(|entry| (entry.name, entry.value)).collect::<Vec<_>>()
    };
    assert_eq!(values(&again), values(&config));
    assert_eq!(again.limits(), config.limits());
}

#[test]
fn the_redirect_goes_to_a_port_that_is_known() {
    let config =
        Config::new().with("tls_cert", "a.pem").with("tls_key", "b.pem").with("https_redirect", true);
    assert_eq!(config.redirect_port(), Some(8443));
    assert_eq!(config.clone().with("https_redirect", 443).redirect_port(), Some(443));
    assert_eq!(config.clone().with("tls_listen", ":9443").redirect_port(), Some(9443));
    for unknown in ["127.0.0.1:0", "unix:/run/a.sock", "off"] {
        let told = faults(&config.clone().with("tls_listen", unknown));
        assert!(told[0].contains("`https_redirect` cannot tell the port"), "{told:?}");
    }
}

#[test]
fn what_needs_a_certificate_says_so() {
    for (name, given) in [
        ("tls_listen", ":8443"),
        ("https_redirect", "on"),
        ("tls_min_version", "1.3"),
        ("client_ca", "ca.pem"),
        ("client_auth", "optional"),
        ("tls_reload_interval", "5s"),
    ] {
        let told = faults(&Config::new().with(name, given));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(&format!("`{name}` needs a certificate: set `tls_cert`")), "{told:?}");
    }
    let both = Config::new().with("tls", "self-signed").with("tls_cert", "a.pem").with("tls_key", "b.pem");
    assert!(faults(&both)[0].contains("exclude each other"));
    let alone =
        Config::new().with("tls_cert", "a.pem").with("tls_key", "b.pem").with("client_auth", "optional");
    assert_eq!(faults(&alone), ["`client_auth` needs `client_ca`, the file of the authorities"]);
}

#[test]
fn limits_of_code_are_those_that_differ() {
    let mut limits = Limits::default();
    limits.set("body_limit", "1KiB").unwrap();
    let config = Config::new().with_limits(&limits);
    assert_eq!(value(&config, "body_limit"), ("1KiB".to_owned(), Origin::Code));
    assert_eq!(value(&config, "max_head").1, Origin::Default);
    assert_eq!(config.limits(), Ok(limits));
}

#[test]
fn a_server_has_a_listener_for_each_address() {
    let config = Config::new()
        .with("listen", "127.0.0.1:0,127.0.0.1:0")
        .with("tls_cert", "a.pem")
        .with("tls_key", "b.pem");
    assert_eq!(config.listeners().unwrap().len(), 3);
    assert_eq!(Config::new().with("listen", "127.0.0.1:0").listeners().unwrap().len(), 1);
}
