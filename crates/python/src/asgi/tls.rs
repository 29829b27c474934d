//! The `tls` extension of a scope.

use hyperserve_core::TlsInfo;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// The code points of the suites that the server can have agreed on (IANA, TLS Cipher Suites).
const SUITES: [(&str, u16); 9] = [
    ("TLS_AES_128_GCM_SHA256", 0x1301),
    ("TLS_AES_256_GCM_SHA384", 0x1302),
    ("TLS_CHACHA20_POLY1305_SHA256", 0x1303),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xc02b),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xc02c),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xc02f),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xc030),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca8),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca9),
];

/// What is known of the session. The server's own certificate and the client's name in it are not told.
pub(super) fn describe<'py>(py: Python<'py>, facts: &TlsInfo) -> PyResult<Bound<'py, PyDict>> {
    let version = match facts.version() {
        Some("TLSv1.2") => Some(0x0303),
        Some("TLSv1.3") => Some(0x0304),
        _ => None,
    };
    let suite = facts.cipher().and_then(|name| SUITES.iter().find(|(known, _)| *known == name));
    let chain = facts.peer_certificates().iter().map(|der| pem(der));
    let tls = PyDict::new(py);
    tls.set_item("server_cert", py.None())?;
    tls.set_item("client_cert_chain", PyList::new(py, chain.collect::<Vec<_>>())?)?;
    tls.set_item("client_cert_name", py.None())?;
    tls.set_item("client_cert_error", py.None())?;
    tls.set_item("tls_version", version)?;
    tls.set_item("cipher_suite", suite.map(|(_, code)| code))?;
    Ok(tls)
}

/// RFC 7468 §5.
fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}
