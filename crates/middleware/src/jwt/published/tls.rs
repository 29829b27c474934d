//! TLS to where a JWK Set is published: whom to trust, and the handshake.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::Address;
use crate::jwt::JwtError;

/// Who may have signed the certificate.
#[derive(Clone, Debug, Default)]
pub(super) enum Trust {
    /// Whom the system trusts. Read anew for each look at the keys, which is rare.
    #[default]
    System,
    These(Arc<ClientConfig>),
}

impl Trust {
    pub(super) fn certificates(pem: &[u8]) -> Result<Self, JwtError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let bad = |error: String| JwtError::new(format!("the root certificates cannot be used: {error}"));
            let certificate = certificate.map_err(|error| bad(error.to_string()))?;
            roots.add(certificate).map_err(|error| bad(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(JwtError::new("the root certificates are no PEM; give at least one"));
        }
        trusting(roots).map(Self::These)
    }

    async fn config(&self) -> Result<Arc<ClientConfig>, JwtError> {
        match self {
            Self::These(config) => Ok(Arc::clone(config)),
            Self::System => {
                let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
                let found = found.map_err(|error| JwtError::new("no certificates").with_source(error))?;
                let mut roots = RootCertStore::empty();
                let (taken, _) = roots.add_parsable_certificates(found.certs);
                if taken == 0 {
                    return Err(JwtError::new("the system trusts no certificates; give some"));
                }
                trusting(roots)
            }
        }
    }
}

/// The provider is named, so that none has to be installed for the process.
fn trusting(roots: RootCertStore) -> Result<Arc<ClientConfig>, JwtError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| JwtError::new("TLS cannot be set up").with_source(error))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

pub(super) async fn shake_hands(
    stream: TcpStream,
    address: &Address,
) -> Result<TlsStream<TcpStream>, JwtError> {
    let failed = |why: &str| JwtError::new(format!("no TLS with {address}: {why}"));
    let name = ServerName::try_from(address.host.clone());
    let name = name.map_err(|_| failed("no certificate can be for its host"))?;
    let connector = TlsConnector::from(address.trust.config().await?);
    connector.connect(name, stream).await.map_err(|error| failed("the handshake failed").with_source(error))
}
