//! What a handshake may agree on: suites, groups, versions, resumption, client certificates.

use std::error::Error;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::CertificateDer;

use super::config::{ClientAuth, TlsConfig, TlsVersion};
use super::error::{Fault, TlsError};
use super::identity::Loaded;
use super::resolver::Resolver;
use super::source::Source;

/// TLS 1.2 sessions of clients without ticket support that are kept, at most: about 1 KB each.
const SESSIONS: usize = 1024;

/// aws-lc-rs with the suites in Mozilla's order: AES-128-GCM is strong enough for every use and the cheapest.
///
/// The server's order counts (`ignore_client_order` below): all suites are sound, so the choice is one of cost, which
/// the server bears, and scanners rate a server without an order as faulty.
pub(super) fn provider() -> CryptoProvider {
    use aws_lc_rs::cipher_suite::{
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
    };

    let cipher_suites = vec![
        TLS13_AES_128_GCM_SHA256,
        TLS13_AES_256_GCM_SHA384,
        TLS13_CHACHA20_POLY1305_SHA256,
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    CryptoProvider { cipher_suites, ..aws_lc_rs::default_provider() }
}

/// The rustls configuration of one moment.
///
/// Ticket keys and session memory are its own: a session must not be resumed under another certificate or other
/// rules for client certificates than it was opened under (see rustls's `ServerConfig`, "Sharing resumption storage").
pub(super) fn server_config(
    config: &TlsConfig,
    provider: &Arc<CryptoProvider>,
    identities: &[Loaded],
    authorities: Vec<CertificateDer<'static>>,
) -> Result<ServerConfig, TlsError> {
    let verifier = verifier(config, provider, authorities)?;
    let refused = |error: rustls::Error| config.first_source().fault(Fault::Refused(error.into()));
    let versions: &[_] = match config.min_version {
        TlsVersion::V1_2 => &[&rustls::version::TLS13, &rustls::version::TLS12],
        TlsVersion::V1_3 => &[&rustls::version::TLS13],
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider));
    let builder =
        builder.with_protocol_versions(versions).map_err(refused)?.with_client_cert_verifier(verifier);
    let mut built = builder.with_cert_resolver(Arc::new(Resolver::new(identities)));
    built.ignore_client_order = true;
    built.alpn_protocols = alpn(config.h2);
    built.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    built.ticketer = aws_lc_rs::Ticketer::new().map_err(refused)?;
    Ok(built)
}

fn alpn(h2: bool) -> Vec<Vec<u8>> {
    let http1 = b"http/1.1".to_vec();
    if h2 { vec![b"h2".to_vec(), http1] } else { vec![http1] }
}

fn verifier(
    config: &TlsConfig,
    provider: &Arc<CryptoProvider>,
    authorities: Vec<CertificateDer<'static>>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let Some(source) = config.authorities() else {
        return Ok(WebPkiClientVerifier::no_client_auth());
    };
    let roots = Arc::new(root_store(&source, authorities)?);
    let builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
    let builder = match config.client_auth {
        ClientAuth::Optional(_) => builder.allow_unauthenticated(),
        ClientAuth::None | ClientAuth::Required(_) => builder,
    };
    builder
        .build()
        .map_err(|error| source.fault(Fault::Refused(Box::new(error) as Box<dyn Error + Send + Sync>)))
}

fn root_store(source: &Source, authorities: Vec<CertificateDer<'static>>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority).map_err(|error| source.fault(Fault::Certificate(error)))?;
    }
    Ok(roots)
}
