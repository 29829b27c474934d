//! How a request came: version, TLS, addresses.

use http::Version;
use http::request::Parts;
use hyperserve_core::{ClientIp, ConnInfo, PeerAddr, RequestContext, TlsInfo};
use serde_json::{Value, json};

/// The facts that both the page and the echo show.
pub(super) fn describe(parts: &Parts) -> Value {
    let unknown = ConnInfo::default();
    let context = RequestContext::of(&parts.extensions);
    let conn = context.map_or(&unknown, |context| context.conn());
    let client = context.map(|context| ClientIp::resolve(&parts.headers, conn, context.trusted()));
    json!({
        "protocol": protocol(parts.version),
        "scheme": client.as_ref().map_or("http", ClientIp::scheme),
        "client": client.and_then(|client| client.ip()).map(|ip| ip.to_string()),
        "connection": { "id": conn.id(), "peer": address(conn.peer()), "local": address(conn.local()) },
        "tls": conn.tls().map(tls),
    })
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

fn address(address: &PeerAddr) -> String {
    match address {
        PeerAddr::Tcp(address) => address.to_string(),
        PeerAddr::Unix(Some(path)) => format!("unix:{}", path.display()),
        PeerAddr::Unix(None) => "unix".to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn tls(facts: &TlsInfo) -> Value {
    json!({
        "version": facts.version(),
        "cipher": facts.cipher(),
        "key_exchange": facts.key_exchange(),
        "alpn": facts.alpn().map(String::from_utf8_lossy),
        "server_name": facts.sni(),
        "client_certificate": facts.peer_certificate().is_some(),
    })
}
