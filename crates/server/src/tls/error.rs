//! What is wrong with a TLS configuration, in one sentence that names the file.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

use super::source::Source;

/// A TLS configuration that cannot be used: which file, and what is wrong with it.
///
/// ```
/// # use hyperserve_server::TlsConfig;
/// let error = TlsConfig::from_pem_files("/no/cert.pem", "/no/key.pem").load().unwrap_err();
/// assert_eq!(error.to_string(), "/no/cert.pem: no such file");
/// ```
pub struct TlsError(Box<Inner>);

struct Inner {
    source: Source,
    fault: Fault,
}

#[derive(Debug)]
pub(super) enum Fault {
    Read(io::Error),
    TooLarge(u64),
    Pem(rustls_pki_types::pem::Error),
    NoCertificate(&'static str),
    NoKey(&'static str),
    EncryptedKey,
    Certificate(rustls::Error),
    Key(rustls::Error),
    Mismatch { certificate: Source },
    ChainOrder,
    Refused(Box<dyn Error + Send + Sync>),
}

impl TlsError {
    pub(super) fn new(source: &Source, fault: Fault) -> Self {
        Self(Box::new(Inner { source: source.clone(), fault }))
    }

    /// The file at fault, unless it was given in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.source.path()
    }

    /// Whether a file could not be read (the cause is the [`source`](Error::source)).
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.0.fault, Fault::Read(_))
    }

    /// Whether both files are sound and the key belongs to another certificate, as happens between the two writes
    /// of a renewal.
    #[must_use]
    pub fn is_mismatch(&self) -> bool {
        matches!(self.0.fault, Fault::Mismatch { .. })
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.source, self.0.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => match error.kind() {
                io::ErrorKind::NotFound => f.write_str("no such file"),
                io::ErrorKind::PermissionDenied => f.write_str("permission denied: this user may not read it"),
                io::ErrorKind::IsADirectory => f.write_str("a directory, where a PEM file is wanted"),
                _ => write!(f, "cannot be read: {error}"),
            },
            Self::TooLarge(limit) => write!(f, "larger than {limit} bytes, which no PEM file of a server is"),
            Self::Pem(error) => write!(f, "broken PEM: {error}"),
            Self::NoCertificate(hint) => write!(f, "no certificate in it{hint}"),
            Self::NoKey(hint) => write!(f, "no private key in it{hint}"),
            Self::EncryptedKey => f.write_str(
                "the private key is encrypted; decrypt it with `openssl pkey -in FILE -out NEW` and protect the new \
                 file by its permissions",
            ),
            Self::Certificate(error) => write!(f, "the certificate is faulty: {error}"),
            Self::Key(error) => write!(f, "the private key cannot be used: {error}"),
            Self::Mismatch { certificate } => {
                write!(f, "the private key does not belong to the certificate of {certificate}")
            }
            Self::ChainOrder => {
                f.write_str("the chain is out of order: the server's own certificate comes first, its issuer after it")
            }
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsError").field("source", &self.0.source).field("fault", &self.0.fault).finish()
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.fault {
            Fault::Read(error) => Some(error),
            Fault::Certificate(error) | Fault::Key(error) => Some(error),
            Fault::Pem(error) => Some(error),
            Fault::Refused(error) => Some(&**error),
            _ => None,
        }
    }
}
