//! The rows of the table of keys that are neither limits nor the Python face's alone.

use super::Face;
use super::key::Row;
use super::kind::Kind;

const BOTH: Option<Face> = None;
const RUST: Option<Face> = Some(Face::Rust);

const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

pub(super) const ROWS: &[(Option<Face>, Row)] = &[
    (
        BOTH,
        (
            "listen",
            Kind::Addresses,
            "127.0.0.1:8080",
            "Addresses for HTTP: `8080`, `:8080` (every interface), `[::1]:8080`, `localhost:8080`, `unix:/run/app.sock`, `fd:3`, \
         `systemd`.",
        ),
    ),
    (
        BOTH,
        (
            "health_listen",
            Kind::Probes,
            "",
            "Addresses of a listener for probes: GET `/livez` is 200 while the process serves or drains, `/readyz` and `/healthz` are \
         503 until the server is ready and from the moment it is told to stop. It closes after the drain; `on` is :9080.",
        ),
    ),
    (
        BOTH,
        (
            "metrics",
            Kind::Metrics,
            "",
            "Address of a listener that answers GET `/metrics` for Prometheus, one of `health_listen` or another; `on` is \
         127.0.0.1:9090. With it requests are counted by method, route and status.",
        ),
    ),
    (
        BOTH,
        (
            "workers",
            Kind::Workers,
            "auto",
            "Workers, which are threads of a Rust program and processes of the Python command; `auto` is one for each core that the \
         process may use.",
        ),
    ),
    (RUST, ("pin_workers", Kind::Switch, "false", "Whether each worker is pinned to a core of its own.")),
    (
        BOTH,
        (
            "trusted_proxies",
            Kind::Networks,
            "",
            "Networks whose word about the client counts: `10.0.0.0/8`, `::1`, `loopback`, `private`, `unix`.",
        ),
    ),
    (
        BOTH,
        (
            "proxy_protocol",
            Kind::Switch,
            "false",
            "Whether connections from `trusted_proxies` begin with a PROXY protocol header.",
        ),
    ),
    (
        BOTH,
        (
            "log",
            Kind::Choice(LEVELS),
            "info",
            "Least level of what the command (in Rust, `App::run_cli` too) logs to standard error.",
        ),
    ),
    (
        BOTH,
        (
            "tls",
            Kind::Choice(&["off", "self-signed"]),
            "off",
            "`self-signed` serves HTTPS on a certificate made for the occasion, which nobody trusts: for development.",
        ),
    ),
    (
        BOTH,
        (
            "tls_cert",
            Kind::File,
            "",
            "Serves HTTPS on this certificate chain, a PEM file: beside HTTP, and by the Python command in its place. It is read again \
         when it changes.",
        ),
    ),
    (BOTH, ("tls_key", Kind::File, "", "The private key of `tls_cert`, a PEM file.")),
    (
        BOTH,
        (
            "tls_listen",
            Kind::Addresses,
            "127.0.0.1:8443",
            "Addresses for HTTPS, once there is a certificate.",
        ),
    ),
    (
        BOTH,
        (
            "tls_min_version",
            Kind::Choice(&["1.2", "1.3"]),
            "1.2",
            "Oldest TLS version that a client may use.",
        ),
    ),
    (
        BOTH,
        (
            "tls_reload_interval",
            Kind::Duration,
            "2s",
            "How often the certificate files are looked at for changes; when off, SIGHUP alone reads them again.",
        ),
    ),
    (
        BOTH,
        (
            "client_ca",
            Kind::File,
            "",
            "Asks clients for a certificate signed by these authorities, a PEM file.",
        ),
    ),
    (
        BOTH,
        (
            "client_auth",
            Kind::Choice(&["off", "optional", "required"]),
            "required",
            "Whether a client without a certificate of `client_ca` is let in; when off, none is asked for.",
        ),
    ),
    (
        BOTH,
        (
            "https_redirect",
            Kind::Redirect,
            "off",
            "Answers HTTP with a redirect to HTTPS: `on` is the port of the first `tls_listen`, a number another port.",
        ),
    ),
    (
        BOTH,
        (
            "tcp_backlog",
            Kind::Number,
            "4096",
            "Connections that may wait in the kernel of each TCP listener; it caps them at `net.core.somaxconn`.",
        ),
    ),
    (BOTH, ("tcp_nodelay", Kind::Switch, "true", "Whether an answer leaves at once (TCP_NODELAY).")),
    (
        BOTH,
        (
            "tcp_keepalive",
            Kind::Duration,
            "60s",
            "Silence after which the kernel probes the peer, and the time between its probes. Whole seconds.",
        ),
    ),
    (
        BOTH,
        (
            "tcp_unsent",
            Kind::Count,
            "128KiB",
            "Bytes of a connection that the kernel takes ahead of what the peer has room for; when off, the system's megabytes.",
        ),
    ),
    (
        BOTH,
        (
            "tcp_reuse_port",
            Kind::Switch,
            "false",
            "Whether other processes of this user may listen on the same port, as a restart without a gap wants.",
        ),
    ),
    (BOTH, ("tcp_v6_only", Kind::Switch, "false", "Whether `[::]` refuses IPv4.")),
    (
        BOTH,
        (
            "unix_mode",
            Kind::Mode,
            "660",
            "Permission bits of Unix socket files, in octal, as text: who may write may connect.",
        ),
    ),
    (
        BOTH,
        (
            "unix_backlog",
            Kind::Number,
            "4096",
            "Connections that may wait in the kernel of each Unix listener.",
        ),
    ),
];
