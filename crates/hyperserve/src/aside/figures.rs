//! [`Figures`]: what the parts of a program have counted, for the page of metrics.

use std::fmt::Write as _;

use hyperserve_middleware::access_log::AccessLog;
use hyperserve_ratelimit::Gate;
use hyperserve_server::Handle;

/// The counters of a program, apart from those of its requests: of connections, of the limiter, of the log and of WebSockets.
///
/// ```
/// use hyperserve::aside::Figures;
/// use hyperserve::ratelimit::Gate;
///
/// let figures = Figures::new().with_gate(&Gate::try_new([])?);
/// let mut page = String::new();
/// figures.write(&mut page);
/// assert!(page.contains("\nhyperserve_rate_limit_refused_total 0\n"));
/// # Ok::<(), hyperserve::ratelimit::RateLimitError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "figures are written with `write`"]
pub struct Figures {
    server: Option<Handle>,
    gate: Option<Gate>,
    log: Option<AccessLog>,
}

type Row = (&'static str, &'static str, &'static str, u64);

impl Figures {
    /// Of WebSockets alone, which count for the whole process.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds those of a server.
    pub fn with_server(mut self, handle: Handle) -> Self {
        self.server = Some(handle);
        self
    }

    /// Adds those of a rate limit.
    pub fn with_gate(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// Adds those of the log of requests.
    pub fn with_log(mut self, log: &AccessLog) -> Self {
        self.log = Some(log.clone());
        self
    }

    /// Appends them in the text format of Prometheus, version 0.0.4.
    pub fn write(&self, page: &mut String) {
        if let Some(server) = &self.server {
            page.push_str(&server.metrics().snapshot().to_prometheus(&[]));
        }
        let gate = self.gate.iter().flat_map(of_gate);
        let log = self.log.iter().flat_map(of_log);
        for (name, kind, help, count) in gate.chain(log).chain(of_sockets()) {
            // A string takes everything.
            let _ = write!(
                page,
                "# HELP hyperserve_{name} {help}\n# TYPE hyperserve_{name} {kind}\nhyperserve_{name} {count}\n"
            );
        }
    }
}

fn of_gate(gate: &Gate) -> [Row; 5] {
    let stats = gate.stats();
    [
        ("rate_limit_allowed_total", "counter", "Requests that the limiter let pass.", stats.allowed),
        ("rate_limit_refused_total", "counter", "Requests beyond a quota.", stats.refused),
        (
            "rate_limit_overflowed_total",
            "counter",
            "Requests of clients beyond `rate_limit_max_keys`.",
            stats.overflowed,
        ),
        (
            "rate_limit_unavailable_total",
            "counter",
            "Requests while the store of quotas was away.",
            stats.unavailable,
        ),
        ("rate_limit_keys", "gauge", "Clients that are told apart.", stats.keys),
    ]
}

fn of_log(log: &AccessLog) -> [Row; 1] {
    [("access_log_dropped_total", "counter", "Lines that were not written, for want of room.", log.dropped())]
}

#[cfg(not(feature = "ws"))]
fn of_sockets() -> [Row; 0] {
    []
}

#[cfg(feature = "ws")]
fn of_sockets() -> [Row; 12] {
    let count = hyperserve_ws::metrics();
    [
        ("websockets_open", "gauge", "WebSockets open now.", count.open),
        ("websockets_opened_total", "counter", "WebSockets opened.", count.opened),
        (
            "websocket_origins_refused_total",
            "counter",
            "Handshakes refused for their origin.",
            count.origins_refused,
        ),
        (
            "websocket_going_away_total",
            "counter",
            "WebSockets told that the server goes down.",
            count.going_away,
        ),
        ("websocket_lost_total", "counter", "Connections that ended without a Close frame.", count.lost),
        ("websocket_protocol_errors_total", "counter", "WebSockets closed with 1002.", count.protocol_errors),
        ("websocket_invalid_data_total", "counter", "WebSockets closed with 1007.", count.invalid_data),
        ("websocket_too_large_total", "counter", "WebSockets closed with 1009.", count.too_large),
        (
            "websocket_ping_timeouts_total",
            "counter",
            "WebSockets whose peer answered no ping.",
            count.ping_timeouts,
        ),
        ("websocket_idle_timeouts_total", "counter", "WebSockets closed for silence.", count.idle_timeouts),
        (
            "websocket_write_timeouts_total",
            "counter",
            "WebSockets whose peer did not read.",
            count.write_timeouts,
        ),
        ("websocket_slow_consumers_total", "counter", "WebSockets closed with 1013.", count.slow_consumers),
    ]
}
