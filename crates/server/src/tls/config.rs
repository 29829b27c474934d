//! [`TlsConfig`]: which certificates, which versions, which clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::acceptor::Acceptor;
use super::error::TlsError;
use super::identity::Identity;
use super::source::Source;

/// The oldest TLS version a client may use. TLS 1.0 and 1.1 are not to be had (RFC 8996).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 and 1.3.
    #[default]
    V1_2,
    /// TLS 1.3 alone.
    V1_3,
}

/// Whether clients show a certificate, and the PEM file of the authorities that may have signed it.
///
/// A client that resumes a session is not verified anew: what it showed in the first handshake holds for up to 12
/// hours, or until the authorities or the certificates are reloaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// None is asked for.
    #[default]
    None,
    /// A client may show one; a bad one ends the handshake.
    Optional(PathBuf),
    /// The handshake needs a good one.
    Required(PathBuf),
}

/// A TLS configuration; [`load`](Self::load) reads its files.
///
/// | setting | default |
/// |---|---|
/// | `with_min_version` | [`TlsVersion::V1_2`] |
/// | `with_client_auth` | [`ClientAuth::None`] |
/// | `with_reload_interval` | 2 s |
/// | `with_additional_certificate` | none |
///
/// ```no_run
/// use hyperserve_server::{TlsConfig, TlsVersion};
///
/// let acceptor = TlsConfig::from_pem_files("/etc/tls/cert.pem", "/etc/tls/key.pem")
///     .with_min_version(TlsVersion::V1_3)
///     .load()?;
/// # Ok::<(), hyperserve_server::TlsError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TlsConfig {
    /// Never empty.
    pub(super) identities: Vec<Identity>,
    pub(super) min_version: TlsVersion,
    pub(super) client_auth: ClientAuth,
    pub(super) reload_interval: Duration,
    pub(super) h2: bool,
}

impl TlsConfig {
    /// A certificate chain (the server's own certificate first) and its unencrypted private key (PKCS#8, SEC1 or
    /// PKCS#1), each in a PEM file. Nothing is read before [`load`](Self::load).
    #[must_use]
    pub fn from_pem_files(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self::new(Identity { certificate: Source::File(certificate.into()), key: Source::File(key.into()) })
    }

    /// The same from memory, which never reloads.
    #[must_use]
    pub fn from_pem(certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        let certificate = Source::Memory(Arc::from(certificate.as_ref()), "the given certificate");
        let key = Source::Memory(Arc::from(key.as_ref()), "the given private key");
        Self::new(Identity { certificate, key })
    }

    /// A fresh certificate that nobody trusts, for development: ECDSA P-256, valid for 365 days, for `localhost`,
    /// `127.0.0.1`, `::1` and the given names and addresses.
    ///
    /// # Errors
    ///
    /// When a name is neither a DNS name nor an address.
    #[cfg(feature = "self-signed")]
    pub fn self_signed<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Result<Self, TlsError> {
        let (certificate, key) = super::self_signed::generate(names)?;
        Ok(Self::from_pem(certificate, key))
    }

    fn new(identity: Identity) -> Self {
        Self {
            identities: vec![identity],
            min_version: TlsVersion::default(),
            client_auth: ClientAuth::None,
            reload_interval: Duration::from_secs(2),
            h2: cfg!(feature = "http2"),
        }
    }

    /// Adds a certificate. A client gets the one for the name it asks for (exact names before wildcards), and the
    /// first one of the configuration if none fits. Several for one name (an ECDSA and an RSA one) are tried in order.
    #[must_use]
    pub fn with_additional_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        let (certificate, key) = (Source::File(certificate.into()), Source::File(key.into()));
        self.identities.push(Identity { certificate, key });
        self
    }

    /// Sets the oldest version a client may use.
    #[must_use]
    pub fn with_min_version(mut self, version: TlsVersion) -> Self {
        self.min_version = version;
        self
    }

    /// Sets whether clients show a certificate.
    #[must_use]
    pub fn with_client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = client_auth;
        self
    }

    /// Sets how often [`Acceptor::watch`] looks at the files; zero is never.
    #[must_use]
    pub fn with_reload_interval(mut self, interval: Duration) -> Self {
        self.reload_interval = interval;
        self
    }

    /// Whether HTTP/2 is offered beside HTTP/1.1 (RFC 7301). On by default, where the crate is built with it.
    #[must_use]
    pub fn with_http2(mut self, on: bool) -> Self {
        self.h2 = on && cfg!(feature = "http2");
        self
    }

    /// Reads and checks every file. A certificate that has expired, or a key that every user can read, is a warning
    /// in the log.
    ///
    /// # Errors
    ///
    /// When a file is missing, unreadable or not PEM, holds no certificate or no usable key, or the two do not
    /// belong together. The text names the file.
    pub fn load(&self) -> Result<Acceptor, TlsError> {
        Acceptor::load(self.clone())
    }

    /// The file of the authorities for client certificates.
    pub(super) fn authorities(&self) -> Option<Source> {
        match &self.client_auth {
            ClientAuth::None => None,
            ClientAuth::Optional(path) | ClientAuth::Required(path) => Some(Source::File(path.clone())),
        }
    }

    /// Everything that is read.
    pub(super) fn sources(&self) -> impl Iterator<Item = Source> {
        let identities = self.identities.iter().flat_map(Identity::sources).cloned();
        identities.chain(self.authorities())
    }

    /// What a fault of the whole is reported under.
    pub(super) fn first_source(&self) -> Source {
        let empty = || Source::File(Path::new("").into());
        self.identities.first().map_or_else(empty, |identity| identity.certificate.clone())
    }
}
