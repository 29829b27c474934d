//! The keys, defaults and other names of the Python face.

use super::*;
use crate::config::tests::{faults, file, value, variables};
use std::time::Duration;

fn python() -> Config {
    Config::for_python()
}

fn flags(given: &[(&str, &str)]) -> Config {
    given.iter().fold(python(), |config, (name, value)| {
        config.with_flag(&format!("--{}", name.replace('_', "-")), name, &[value])
    })
}

fn listens(config: &Config) -> (Vec<String>, Vec<String>) {
    config.check().unwrap();
    (config.list("listen"), config.list("tls_listen"))
}

#[test]
fn a_key_of_the_other_face_is_passed_over_where_both_read() {
    let (_folder, path) =
        file("a.toml", "loop = \"uvloop\"\npin_workers = true\nlog = \"warn\"\ntimeout_keep_alive = 9\n");
    let read = |config: Config| {
        let mut config = config.with_file(&path);
        config.read_environment(variables(&[
            ("HS_LIFESPAN", "on"),
            ("HS_HEALTH_LISTEN", ":9080"),
            ("HS_LOG_LEVEL", "error"),
            ("WEB_CONCURRENCY", "3"),
        ]));
        config.check().unwrap();
        config
    };
    let (rust, python) = (read(Config::new()), read(python()));
    assert!(rust.get("loop").is_none() && python.get("pin_workers").is_none());
    assert_eq!((value(&rust, "log").0, value(&python, "log").0), ("warn".to_owned(), "error".to_owned()));
    assert_eq!((value(&rust, "pin_workers").0, value(&python, "loop").0), ("true".into(), "uvloop".into()));
    assert_eq!((value(&rust, "workers").0, value(&python, "workers").0), ("auto".into(), "3".into()));
    assert_eq!(value(&rust, "health_listen").0, ":9080");
    assert_eq!(value(&python, "keep_alive_timeout").0, "9s");
}

#[test]
fn of_two_names_for_a_key_its_own_wins_in_the_environment() {
    let mut config = python();
    config.read_environment(variables(&[
        ("HS_TIMEOUT_KEEP_ALIVE", "7"),
        ("HS_KEEP_ALIVE_TIMEOUT", "8s"),
        ("HS_FORWARDED_ALLOW_IPS", "10.0.0.1"),
        ("FORWARDED_ALLOW_IPS", "*"),
    ]));
    config.check().unwrap();
    assert_eq!(value(&config, "keep_alive_timeout").0, "8s");
    assert_eq!(value(&config, "trusted_proxies").0, "10.0.0.1");
}

#[test]
fn a_key_of_the_other_face_is_a_mistake_elsewhere() {
    assert_eq!(faults(&Config::new().with("loop", "auto")), ["`loop` is a key of the Python command"]);
    assert_eq!(
        faults(&Config::new().with("ssl_certfile", "a.pem")),
        ["`ssl_certfile` is a key of the Python command"]
    );
    let rust = flags(&[("pin_workers", "true")]);
    assert_eq!(faults(&rust), ["--pin-workers: `pin_workers` is a key of the Rust command"]);
    assert_eq!(faults(&python().with("lop", "auto")), ["there is no key `lop`; did you mean `log`?"]);
}

#[test]
fn a_name_of_uvicorn_sets_the_key_with_its_unit() {
    for (name, given, key, expected) in [
        ("timeout_keep_alive", "5", "keep_alive_timeout", "5s"),
        ("timeout_keep_alive", "0", "keep_alive_timeout", "1ms"),
        ("timeout_graceful_shutdown", "2.5", "drain_deadline", "2500ms"),
        ("backlog", "100", "unix_backlog", "100"),
        ("forwarded_allow_ips", "*", "trusted_proxies", "0.0.0.0/0,::/0,unix"),
        ("forwarded_allow_ips", "10.0.0.1, ::1", "trusted_proxies", "10.0.0.1,::1"),
        ("ws_max_size", "1048576", "ws_max_frame", "1MiB"),
        ("ws_ping_interval", "20.0", "ws_ping_interval", "20s"),
        ("ws_ping_timeout", "None", "ws_pong_timeout", "off"),
        ("ws_per_message_deflate", "False", "ws_compression", "false"),
        ("ws", "websockets-sansio", "ws", "auto"),
        ("log_level", "WARNING", "log", "warn"),
        ("h11_max_incomplete_event_size", "16384", "max_head", "16KiB"),
        ("limit_request_line", "4094", "max_target", "4094"),
        ("workers_max_rss", "512", "workers_max_rss", "512MiB"),
        ("reload_delay", "0.25", "reload_delay", "250ms"),
        ("reload_dirs", "a,b", "reload_dir", "a,b"),
    ] {
        let config = python().with(name, given);
        config.check().unwrap();
        assert_eq!(value(&config, key), (expected.to_owned(), Origin::Code), "{name} {given}");
        assert_eq!(value(&config, name), value(&config, python().key_of(name).unwrap().name), "{name}");
    }
}

#[test]
fn what_uvicorn_sets_and_nobody_needs_is_taken_or_told() {
    for (name, given) in [
        ("http", "h11"),
        ("ws_max_queue", "32"),
        ("reset_contextvars", "true"),
        ("ssl_version", "17"),
        ("ssl_cert_reqs", "0"),
    ] {
        assert!(faults(&python().with(name, given)).is_empty(), "{name}");
    }
    for (name, given, told) in [
        ("http", "mine", "`http` is not to be chosen"),
        ("ssl_version", "3", "set `tls_min_version` to 1.2 or 1.3"),
        ("ssl_ciphers", "TLSv1", "every cipher suite that is offered is a safe one"),
        ("ssl_keyfile_password", "x", "openssl pkey"),
        (
            "timeout_keep_alive",
            "soon",
            "`soon` is no value for `timeout_keep_alive`: expected a number of seconds, or a duration",
        ),
        ("log_level", "loud", "`loud` is no value for `log_level`: expected critical, error"),
        ("interface", "asgi2", "expected one of auto, asgi3, wsgi"),
        ("app", "main", "expected module:attribute"),
    ] {
        let told_of = faults(&python().with(name, given));
        assert!(told_of.len() == 1 && told_of[0].contains(told), "{name}: {told_of:?}");
    }
}

#[test]
fn host_port_and_the_others_say_where_to_listen() {
    for (given, listen) in [
        (&[][..], "127.0.0.1:8000"),
        (&[("host", "0.0.0.0")], "0.0.0.0:8000"),
        (&[("host", "::"), ("port", "80")], "[::]:80"),
        (&[("host", "localhost"), ("port", "0")], "localhost:0"),
        (&[("uds", "/run/a.sock")], "unix:/run/a.sock"),
        (&[("fd", "3")], "fd:3"),
        (&[("bind", "fd://4,:80")], "fd:4,:80"),
        (&[("listen", "9000")], "127.0.0.1:9000"),
    ] {
        let listed = listen.split(',').map(str::to_owned).collect();
        assert_eq!(listens(&flags(given)), (listed, Vec::new()), "{given:?}");
    }
}

#[test]
fn with_a_certificate_it_is_https_and_nothing_else() {
    let none = Vec::<String>::new;
    let secure = [("ssl_certfile", "both.pem"), ("port", "8443")];
    assert_eq!(listens(&flags(&secure)), (none(), vec!["127.0.0.1:8443".to_owned()]));
    assert_eq!(value(&flags(&secure), "tls_key").0, "both.pem");
    assert_eq!(flags(&secure).listeners().unwrap().len(), 1);
    let half = faults(&flags(&[("tls_cert", "both.pem")]));
    assert_eq!(half, ["--tls-cert: `tls_cert` needs `tls_key`, the file of its private key"]);
    let beside = [&secure[..], &[("listen", ":80"), ("https_redirect", "on")]].concat();
    assert_eq!(listens(&flags(&beside)), (vec![":80".to_owned()], vec!["127.0.0.1:8443".to_owned()]));
    assert_eq!(value(&flags(&beside), "https_redirect").0, "8443");
    let own = [("tls", "self-signed"), ("tls_listen", ":9443")];
    assert_eq!(listens(&flags(&own)), (none(), vec![":9443".to_owned()]));
}

#[test]
fn of_several_ways_to_say_where_the_later_source_wins() {
    let mut config = python().with_flag("--port", "port", &["9000"]);
    config.read_environment(variables(&[("HS_LISTEN", ":1"), ("HS_UDS", "/run/a.sock")]));
    assert_eq!(listens(&config).0, ["127.0.0.1:9000"]);
    let mut config = python();
    config.read_environment(variables(&[("HS_LISTEN", ":1"), ("HS_PORT", "2")]));
    assert_eq!(listens(&config).0, [":1"]);
    assert_eq!(config.get("listen").unwrap().origin, Origin::Environment("HS_LISTEN".to_owned()));
}

#[test]
fn what_contradicts_itself_is_told() {
    for (given, told) in [
        ([("uds", "/run/a.sock"), ("port", "80")], "--port: `port` and `uds` exclude each other"),
        ([("fd", "3"), ("bind", ":80")], "--fd: `fd` and `bind` exclude each other"),
        ([("listen", ":80"), ("port", "80")], "--port: `port` and `listen` exclude each other"),
        ([("reload", "true"), ("workers", "2")], "--reload: `reload` serves with one worker"),
    ] {
        let told_of = faults(&flags(&given));
        assert!(told_of.len() == 1 && told_of[0].starts_with(told), "{told_of:?}");
    }
    assert!(faults(&flags(&[("reload", "true"), ("workers", "1")])).is_empty());
}

#[test]
fn what_is_printed_reads_back_the_same() {
    for given in [
        &[][..],
        &[("uds", "/run/a.sock"), ("header", "X-A: b, c"), ("use_colors", "off")],
        &[("ssl_certfile", "both.pem"), ("port", "8443"), ("fd", "off"), ("app", "a.b:c")],
    ] {
        let config = flags(given);
        let (_folder, path) = file("printed.toml", &config.to_toml());
        let again = python().with_file(&path);
        again.check().unwrap();
        let values = |config: &Config| {
            config.entries().into_iter().map(|entry| (entry.name, entry.value)).collect::<Vec<_>>()
        };
        assert_eq!(values(&again), values(&config));
    }
}

#[test]
fn values_have_their_types() {
    let config = python()
        .with("workers_max_rss", "8GiB")
        .with("timeout_worker_healthcheck", 7)
        .with("workers", "auto")
        .with_list("header", &["X-A: b, c", "X-B: d"])
        .with_list("reload_dir", &["src", "lib"]);
    config.check().unwrap();
    assert_eq!(config.number("workers_max_rss"), 8 << 30);
    assert_eq!(config.number("limit_concurrency"), 0);
    assert!(config.number("workers") >= 1);
    assert_eq!(config.duration("timeout_worker_healthcheck"), Some(Duration::from_secs(7)));
    assert_eq!(config.duration("workers_lifetime"), None);
    assert_eq!(config.list("header"), ["X-A: b, c", "X-B: d"]);
    assert_eq!(config.list("reload_dir"), ["src", "lib"]);
    assert!(config.is_on("access_log") && !config.is_on("reload") && !config.is_on("no_such_key"));
    assert_eq!(config.list("no_such_key"), [""; 0]);
}

#[test]
fn proxies_and_protocols_can_be_switched_off() {
    assert!(!python().trusted_proxies().is_empty());
    assert!(python().with("proxy_headers", "off").trusted_proxies().is_empty());
    let both = python().with("proxy_headers", "off").with("proxy_protocol", "on");
    assert!(!both.trusted_proxies().is_empty());
    assert!(python().limits().unwrap().h2c && !python().with("http2", false).limits().unwrap().h2c);
}
