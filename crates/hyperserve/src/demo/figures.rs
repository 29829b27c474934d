//! `GET /api/figures`: the server's counters as JSON.

use http::request::Parts;
use hyperserve_core::Response;
use hyperserve_router::State;
use hyperserve_server::MetricsSnapshot;
use serde_json::{Map, Value, json};

use super::echo::json_response;
use super::{Shared, latency, reached};

/// What the server has done since it started, and how this request reached it. Times are in microseconds where their
/// name says so, sizes in bytes.
pub(super) async fn answer(State(site): State<Shared>, parts: Parts) -> Response {
    let snapshot = site.snapshot();
    json_response(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": site.uptime().as_secs_f64(),
        "workers": site.workers(),
        "ready": site.is_ready(),
        "reached": reached::describe(&parts),
        "connections": connections(&snapshot),
        "requests": requests(&snapshot),
        "bytes": { "received": snapshot.bytes_received, "sent": snapshot.bytes_sent },
        "refused": refused(&snapshot),
        "time_to_first_byte": latency::describe(&snapshot),
        "limits": object(site.limits()),
    }))
}

fn connections(snapshot: &MetricsSnapshot) -> Value {
    json!({
        "open": snapshot.connections_open,
        "accepted": snapshot.connections_accepted,
        "idle_closed": snapshot.connections_idle_closed,
        "cut": snapshot.connections_cut,
    })
}

fn requests(snapshot: &MetricsSnapshot) -> Value {
    let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"].into_iter().zip(snapshot.responses);
    json!({ "total": snapshot.requests(), "by_status": object(classes) })
}

/// Everything that was turned away, by reason; what never happened is left out.
fn refused(snapshot: &MetricsSnapshot) -> Value {
    let beside = [
        ("connections of one address", snapshot.connections_refused_per_ip),
        ("waits at the cap of connections", snapshot.connections_at_cap),
        ("handshakes", snapshot.handshakes_failed),
        ("bodies that stopped", snapshot.bodies_timed_out),
        ("bodies with broken framing", snapshot.bodies_refused),
        ("readers that do not read", snapshot.writes_stalled),
        ("HTTP/2 floods", snapshot.http2_floods),
    ];
    let seen = beside.into_iter().filter(|&(_, count)| count > 0);
    object(snapshot.requests_refused.iter().copied().chain(seen))
}

fn object<V: Into<Value>>(members: impl Iterator<Item = (&'static str, V)>) -> Value {
    Value::Object(members.map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>())
}
