//! [`Spelling`]: a name of uvicorn's or gunicorn's for keys of ours, or for something that is not set here.
//!
//! It is the same key under another name, with the unit that the name is known for: there is no second rule.

use super::reading::Reading;

/// A name that the Python face also takes, wherever a key may stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling {
    pub(super) name: &'static str,
    pub(super) meaning: Meaning,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// It sets these keys, the first of which it stands for when it is asked for.
    Keys(&'static [&'static str], Reading),
    /// These values, or any if there is none in the list, change nothing; others are told the sentence.
    Accepted(&'static [&'static str], &'static str),
    /// Every value is told the sentence.
    Refused(&'static str),
}

/// The spelling of this name.
pub(super) fn spelling(name: &str) -> Option<&'static Spelling> {
    SPELLINGS.iter().find(|spelling| spelling.name == name)
}

/// Every spelling, in the order of the documentation.
pub(super) fn spellings() -> &'static [Spelling] {
    SPELLINGS
}

const fn keys(name: &'static str, keys: &'static [&'static str], reading: Reading) -> Spelling {
    Spelling { name, meaning: Meaning::Keys(keys, reading) }
}

const fn accepted(name: &'static str, values: &'static [&'static str], otherwise: &'static str) -> Spelling {
    Spelling { name, meaning: Meaning::Accepted(values, otherwise) }
}

const fn refused(name: &'static str, why: &'static str) -> Spelling {
    Spelling { name, meaning: Meaning::Refused(why) }
}

const SPELLINGS: &[Spelling] = &[
    keys("timeout_keep_alive", &["keep_alive_timeout"], Reading::Deadline),
    keys("timeout_graceful_shutdown", &["drain_deadline"], Reading::Deadline),
    keys("timeout_worker_healthcheck", &["timeout_worker_healthcheck"], Reading::Seconds),
    keys("backlog", &["tcp_backlog", "unix_backlog"], Reading::Same),
    keys("reuse_port", &["tcp_reuse_port"], Reading::Same),
    keys("forwarded_allow_ips", &["trusted_proxies"], Reading::Networks),
    keys("limit_request_line", &["max_target"], Reading::Same),
    keys("limit_request_fields", &["max_headers"], Reading::Same),
    keys("h11_max_incomplete_event_size", &["max_head"], Reading::Same),
    keys("headers", &["header"], Reading::Same),
    keys("ws", &["ws"], Reading::WebSocket),
    keys("ws_max_size", &["ws_max_message", "ws_max_frame"], Reading::Same),
    keys("ws_ping_interval", &["ws_ping_interval"], Reading::Seconds),
    keys("ws_ping_timeout", &["ws_pong_timeout"], Reading::Seconds),
    keys("ws_per_message_deflate", &["ws_compression"], Reading::Boolean),
    keys("ssl_certfile", &["tls_cert"], Reading::Same),
    keys("ssl_keyfile", &["tls_key"], Reading::Same),
    keys("ssl_ca_certs", &["client_ca"], Reading::Same),
    keys("ssl_cert_reqs", &["client_auth"], Reading::Requirement),
    keys("log_level", &["log"], Reading::Level),
    keys("reload_dirs", &["reload_dir"], Reading::Same),
    keys("reload_includes", &["reload_include"], Reading::Same),
    keys("reload_excludes", &["reload_exclude"], Reading::Same),
    keys("reload_delay", &["reload_delay"], Reading::Seconds),
    keys("workers_lifetime", &["workers_lifetime"], Reading::Seconds),
    keys("workers_max_rss", &["workers_max_rss"], Reading::Mebibytes),
    keys("workers_kill_timeout", &["workers_kill_timeout"], Reading::Seconds),
    keys("respawn_delay", &["respawn_delay"], Reading::Seconds),
    keys("respawn_delay_max", &["respawn_delay_max"], Reading::Seconds),
    accepted(
        "http",
        &["auto", "h11", "httptools", "zttp"],
        "is not to be chosen: HTTP is read by the server's own parser",
    ),
    // Messages are read as the application asks for them: none waits.
    accepted("ws_max_queue", &[], ""),
    // Each request has a context of its own as it is.
    accepted("reset_contextvars", &[], ""),
    // PROTOCOL_TLS, PROTOCOL_TLSv1_2 and PROTOCOL_TLS_SERVER of the module `ssl`.
    accepted("ssl_version", &["2", "5", "17"], "is not to be chosen: set `tls_min_version` to 1.2 or 1.3"),
    refused(
        "ssl_keyfile_password",
        "is not taken: write the key without a password, with `openssl pkey -in key.pem -out plain.pem`",
    ),
    refused("ssl_ciphers", "is not taken: every cipher suite that is offered is a safe one"),
    refused(
        "ssl_context_factory",
        "is not taken: TLS is not Python's here; set `ssl_certfile` and `ssl_keyfile`",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::key::find;
    use std::collections::HashSet;

    #[test]
    fn each_stands_for_keys_that_there_are() {
        let mut seen = HashSet::new();
        for spelling in spellings() {
            assert!(seen.insert(spelling.name), "{} twice", spelling.name);
            let Meaning::Keys(keys, _) = spelling.meaning else {
                assert!(find(spelling.name).is_none(), "{}", spelling.name);
                continue;
            };
            assert!(keys.iter().all(|key| find(key).is_some()), "{keys:?}");
            assert!(find(spelling.name).is_none() || keys == [spelling.name], "{}", spelling.name);
        }
    }
}
