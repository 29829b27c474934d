//! What a finished handshake settled, as [`TlsInfo`].

use std::borrow::Cow;

use hyperserve_core::TlsInfo;
use rustls::{CipherSuite, ProtocolVersion, ServerConnection};
use tokio_rustls::server::TlsStream;

/// The facts of `stream`'s session.
pub(crate) fn tls_info<IO>(stream: &TlsStream<IO>) -> TlsInfo {
    let connection = stream.get_ref().1;
    let mut info = with_negotiated(connection);
    if let Some(name) = connection.server_name() {
        info = info.with_sni(name);
    }
    if let Some(chain) = connection.peer_certificates() {
        info = info.with_peer_certificates(chain.iter().map(|certificate| certificate.to_vec()));
    }
    info
}

fn with_negotiated(connection: &ServerConnection) -> TlsInfo {
    let mut info = TlsInfo::new();
    if let Some(protocol) = connection.alpn_protocol() {
        info = info.with_alpn(protocol_bytes(protocol));
    }
    if let Some(version) = connection.protocol_version() {
        info = info.with_version(version_name(version));
    }
    if let Some(suite) = connection.negotiated_cipher_suite() {
        info = info.with_cipher(suite_name(suite.suite()));
    }
    if let Some(group) = connection.negotiated_key_exchange_group() {
        info = info.with_key_exchange(named(group.name().as_str(), group.name()));
    }
    info
}

/// No allocation for the two protocols we offer.
fn protocol_bytes(protocol: &[u8]) -> bytes::Bytes {
    match protocol {
        b"h2" => bytes::Bytes::from_static(b"h2"),
        b"http/1.1" => bytes::Bytes::from_static(b"http/1.1"),
        other => bytes::Bytes::copy_from_slice(other),
    }
}

/// As OpenSSL and the `Ssl-*` headers of proxies write it.
fn version_name(version: ProtocolVersion) -> Cow<'static, str> {
    match version {
        ProtocolVersion::TLSv1_3 => "TLSv1.3".into(),
        ProtocolVersion::TLSv1_2 => "TLSv1.2".into(),
        other => named(other.as_str(), other),
    }
}

/// rustls writes the TLS 1.3 suites with a prefix of its own; the registry's names are wanted (RFC 8446 §B.4).
fn suite_name(suite: CipherSuite) -> Cow<'static, str> {
    match suite {
        CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256".into(),
        CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384".into(),
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256".into(),
        other => named(other.as_str(), other),
    }
}

fn named(name: Option<&'static str>, value: impl std::fmt::Debug) -> Cow<'static, str> {
    name.map_or_else(|| format!("{value:?}").into(), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_registry() {
        assert_eq!(suite_name(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256), "TLS_CHACHA20_POLY1305_SHA256");
        let old = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
        assert_eq!(suite_name(old), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assert_eq!(version_name(ProtocolVersion::TLSv1_2), "TLSv1.2");
        assert_eq!(suite_name(CipherSuite::Unknown(0xfafa)), "CipherSuite(0xfafa)");
    }
}
