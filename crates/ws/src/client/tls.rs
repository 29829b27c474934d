//! TLS, for `wss:` addresses: whom to trust, and the handshake.

use super::ConnectError;
use super::target::Target;
use rustls::RootCertStore;
use rustls::client::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The system's certificates are read once a process, when they are first needed: that takes milliseconds.
static SYSTEM: OnceCell<Arc<ClientConfig>> = OnceCell::const_new();

/// Who may have signed the server's certificate.
#[derive(Clone, Debug, Default)]
pub(super) enum Trust {
    /// Whom the system trusts.
    #[default]
    System,
    /// These alone, in PEM.
    Certificates(Vec<u8>),
    /// What the caller's configuration says.
    Config(Arc<ClientConfig>),
}

impl Trust {
    async fn config(&self) -> Result<Arc<ClientConfig>, ConnectError> {
        match self {
            Self::System => SYSTEM.get_or_try_init(system).await.cloned(),
            Self::Certificates(pem) => certificates(pem).and_then(trusting),
            Self::Config(config) => Ok(Arc::clone(config)),
        }
    }
}

/// Shakes hands over `io`, and agrees on the version of HTTP.
pub(super) async fn shake_hands<T>(
    io: T,
    target: &Target,
    trust: &Trust,
    http2: bool,
) -> Result<TlsStream<T>, ConnectError>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let name = ServerName::try_from(target.name().to_owned());
    let name = name.map_err(|_| ConnectError::Url("no certificate can be for its host"))?;
    let mut config = ClientConfig::clone(&*trust.config().await?);
    config.alpn_protocols = vec![if http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    let stream = TlsConnector::from(Arc::new(config)).connect(name, io).await.map_err(failure)?;
    if http2 && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Err(ConnectError::Handshake("the server does not speak HTTP/2"));
    }
    Ok(stream)
}

/// What rustls does not like is told from a connection that was lost meanwhile.
fn failure(error: io::Error) -> ConnectError {
    if error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>()) {
        ConnectError::Tls(error)
    } else {
        ConnectError::Io(error)
    }
}

/// Reads the system's certificates, away from the tasks that it would hold up.
async fn system() -> Result<Arc<ClientConfig>, ConnectError> {
    let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    let found = found.map_err(|error| ConnectError::Tls(error.into()))?;
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken > 0 {
        return trusting(roots);
    }
    let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
    Err(ConnectError::Tls(io::Error::other(format!("the system trusts no certificates{why}"))))
}

fn certificates(pem: &[u8]) -> Result<RootCertStore, ConnectError> {
    let bad = |error: String| ConnectError::Tls(io::Error::new(io::ErrorKind::InvalidInput, error));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate =
            certificate.map_err(|error| bad(format!("the root certificate is no PEM: {error}")))?;
        roots
            .add(certificate)
            .map_err(|error| bad(format!("the root certificate cannot be used: {error}")))?;
    }
    if roots.is_empty() { Err(bad("the root certificate is no PEM".to_owned())) } else { Ok(roots) }
}

fn trusting(roots: RootCertStore) -> Result<Arc<ClientConfig>, ConnectError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ConnectError::Tls(io::Error::other(error)))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}
