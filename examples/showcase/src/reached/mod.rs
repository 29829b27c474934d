//! Part: how this very request came, and what the server allows.

use std::sync::{Arc, OnceLock};

use http::Version;
use hyperserve::ConfigEntry;
use hyperserve::core::TlsInfo;
use hyperserve::prelude::*;
use serde::Serialize;

use crate::Showcase;
use crate::part::{Part, source};
use crate::ticker::Pulse;

pub(crate) const PART: Part = Part {
    name: "reached",
    link: "",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[source!("reached/mod.rs")],
};

pub(crate) fn routes() -> Router<Showcase> {
    Router::new().route("/api/reached", get(reached))
}

/// The configuration that the server runs with; the built-in one until it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct InForce(Arc<OnceLock<Config>>);

impl InForce {
    pub(crate) fn know(&self, config: &Config) {
        self.0.get_or_init(|| config.clone());
    }

    fn limits(&self) -> Vec<Limit> {
        let config = self.0.get().cloned().unwrap_or_default();
        SHOWN.iter().filter_map(|name| config.get(name)).map(Limit::from).collect()
    }
}

/// A few of the limits; `showcase --print-config` prints all.
const SHOWN: [&str; 4] = ["head_timeout", "body_limit", "max_connections", "drain_deadline"];

#[derive(Debug, Serialize)]
struct Limit {
    name: &'static str,
    value: String,
    /// Who said so: a default, a file, a flag.
    origin: String,
}

impl From<ConfigEntry> for Limit {
    fn from(entry: ConfigEntry) -> Self {
        Self { name: entry.name, value: entry.value, origin: entry.origin.to_string() }
    }
}

#[derive(Debug, Serialize)]
struct Reached {
    protocol: &'static str,
    /// Version and key exchange; `null` in clear text.
    tls: Option<String>,
    /// The client's address, behind proxies that are trusted the one they forward.
    client: Option<String>,
    /// Seconds since the start.
    uptime: f64,
    limits: Vec<Limit>,
}

async fn reached(
    State(pulse): State<Pulse>,
    State(in_force): State<InForce>,
    version: Version,
    conn: Arc<ConnInfo>,
    client: ClientIp,
) -> Json<Reached> {
    Json(Reached {
        protocol: protocol(version),
        tls: conn.tls().map(encryption),
        client: client.ip().map(|ip| ip.to_string()),
        uptime: pulse.uptime().as_secs_f64(),
        limits: in_force.limits(),
    })
}

pub(crate) fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

/// `TLS 1.3, X25519`
fn encryption(tls: &TlsInfo) -> String {
    let version = tls.version().map(|version| version.replace("TLSv", "TLS "));
    let facts = [version, tls.key_exchange().map(str::to_owned)];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
