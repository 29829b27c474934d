//! [`Key`]: one row of the table of keys, and the table.
//!
//! The rows of the server's limits are the server's own; the others are written here, and nowhere else.

use std::sync::LazyLock;

use hyperserve_server::Limits;

use super::kind::{Kind, is_off};

/// A key that a configuration may hold.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// In the canonical form of its kind.
    pub(super) default: String,
    pub(super) about: &'static str,
    /// Whether it is one of the server's limits.
    pub(super) is_limit: bool,
}

impl Key {
    /// The canonical form of a value, or the sentence that says what is wrong with it.
    pub(super) fn read(&self, text: &str) -> Result<String, String> {
        if !self.is_limit {
            return self.kind.read(self.name, text);
        }
        let is_list = matches!(self.kind, Kind::Methods | Kind::Origins);
        let text = if is_list && is_off(text.trim()) { "" } else { text.trim() };
        let mut scratch = Limits::default();
        scratch.set(self.name, text).map_err(|error| error.to_string())?;
        let shown = scratch.entries().into_iter().find(|entry| entry.name == self.name);
        Ok(shown.map_or_else(|| text.to_owned(), |entry| entry.value))
    }

    /// `HS_LISTEN`
    pub(super) fn variable(&self) -> String {
        format!("HS_{}", self.name.to_ascii_uppercase())
    }
}

/// Names from outside that stand for a key of ours; the key's own variable wins over them.
pub(super) const ALIASES: [(&str, &str); 2] = [("SERVER_ADDR", "listen"), ("HEALTH_ADDR", "health_listen")];

/// Every key, in the order of the documentation.
pub(super) fn keys() -> &'static [Key] {
    &KEYS
}

/// The key of this name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| ROWS.iter().map(row).chain(limits()).collect());

fn row(&(name, kind, default, about): &Row) -> Key {
    Key { name, kind, default: default.to_owned(), about, is_limit: false }
}

fn limits() -> impl Iterator<Item = Key> {
    Limits::default().entries().into_iter().map(|entry| Key {
        name: entry.name,
        kind: Kind::of_limit(entry.name),
        default: entry.value,
        about: entry.about,
        is_limit: true,
    })
}

type Row = (&'static str, Kind, &'static str, &'static str);

const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

const ROWS: &[Row] = &[
    (
        "listen",
        Kind::Addresses,
        "127.0.0.1:8080",
        "Addresses for HTTP: `8080`, `:8080` (every interface), `[::1]:8080`, `localhost:8080`, `unix:/run/app.sock`, `fd:3`, \
         `systemd`.",
    ),
    (
        "health_listen",
        Kind::Addresses,
        "",
        "Addresses of a second listener for probes alone: GET `/livez` is 200 while the process serves or drains, `/readyz` and \
         `/healthz` are 503 until the server is ready and from the moment it is told to stop. It closes after the drain.",
    ),
    (
        "workers",
        Kind::Workers,
        "auto",
        "Worker threads; `auto` is one for each core that the process may use.",
    ),
    ("pin_workers", Kind::Switch, "false", "Whether each worker is pinned to a core of its own."),
    (
        "trusted_proxies",
        Kind::Networks,
        "",
        "Networks whose word about the client counts: `10.0.0.0/8`, `::1`, `loopback`, `private`, `unix`.",
    ),
    (
        "proxy_protocol",
        Kind::Switch,
        "false",
        "Whether connections from `trusted_proxies` begin with a PROXY protocol header.",
    ),
    (
        "log",
        Kind::Choice(LEVELS),
        "info",
        "Least level of what the command and `App::run_cli` log to standard error.",
    ),
    (
        "tls",
        Kind::Choice(&["off", "self-signed"]),
        "off",
        "`self-signed` serves HTTPS on a certificate made for the occasion, which nobody trusts: for development.",
    ),
    (
        "tls_cert",
        Kind::File,
        "",
        "Serves HTTPS on this certificate chain, a PEM file, beside HTTP; it is read again when it changes.",
    ),
    ("tls_key", Kind::File, "", "The private key of `tls_cert`, a PEM file."),
    ("tls_listen", Kind::Addresses, "127.0.0.1:8443", "Addresses for HTTPS, once there is a certificate."),
    ("tls_min_version", Kind::Choice(&["1.2", "1.3"]), "1.2", "Oldest TLS version that a client may use."),
    (
        "tls_reload_interval",
        Kind::Duration,
        "2s",
        "How often the certificate files are looked at for changes; when off, SIGHUP alone reads them again.",
    ),
    ("client_ca", Kind::File, "", "Asks clients for a certificate signed by these authorities, a PEM file."),
    (
        "client_auth",
        Kind::Choice(&["off", "optional", "required"]),
        "required",
        "Whether a client without a certificate of `client_ca` is let in; when off, none is asked for.",
    ),
    (
        "https_redirect",
        Kind::Redirect,
        "off",
        "Answers HTTP with a redirect to HTTPS: `on` is the port of the first `tls_listen`, a number another port.",
    ),
    (
        "tcp_backlog",
        Kind::Number,
        "4096",
        "Connections that may wait in the kernel of each TCP listener; it caps them at `net.core.somaxconn`.",
    ),
    ("tcp_nodelay", Kind::Switch, "true", "Whether an answer leaves at once (TCP_NODELAY)."),
    (
        "tcp_keepalive",
        Kind::Duration,
        "60s",
        "Silence after which the kernel probes the peer, and the time between its probes. Whole seconds.",
    ),
    (
        "tcp_unsent",
        Kind::Count,
        "128KiB",
        "Bytes of a connection that the kernel takes ahead of what the peer has room for; when off, the system's megabytes.",
    ),
    (
        "tcp_reuse_port",
        Kind::Switch,
        "false",
        "Whether other processes of this user may listen on the same port, as a restart without a gap wants.",
    ),
    ("tcp_v6_only", Kind::Switch, "false", "Whether `[::]` refuses IPv4."),
    (
        "unix_mode",
        Kind::Mode,
        "660",
        "Permission bits of Unix socket files, in octal, as text: who may write may connect.",
    ),
    ("unix_backlog", Kind::Number, "4096", "Connections that may wait in the kernel of each Unix listener."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_flat_and_used_once() {
        let mut seen = HashSet::new();
        for key in keys() {
            assert!(seen.insert(key.name), "{} twice", key.name);
            assert!(
                key.name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            );
            assert!(
                key.about.ends_with('.') && !key.about.contains(['\n', '|']),
                "{}: {}",
                key.name,
                key.about
            );
        }
        assert!(ALIASES.iter().all(|(_, name)| seen.contains(name)));
    }

    #[test]
    fn every_default_is_a_value_in_canonical_form() {
        for key in keys() {
            assert_eq!(key.read(&key.default), Ok(key.default.clone()), "{}", key.name);
        }
    }

    #[test]
    fn the_servers_limits_are_all_there() {
        for entry in Limits::default().entries() {
            assert!(find(entry.name).is_some_and(|key| key.is_limit && key.about == entry.about));
        }
    }
}
