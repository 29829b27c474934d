//! A certificate chain and its private key: reading, matching, warning.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{Error as RustlsError, InconsistentKeys};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::certificate::Facts;
use super::error::{Fault, TlsError};
use super::source::Source;

/// Where a chain and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) certificate: Source,
    pub(super) key: Source,
}

/// A chain and its key, ready to sign.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) certified: Arc<CertifiedKey>,
    pub(super) facts: Option<Facts>,
}

impl Identity {
    pub(super) fn sources(&self) -> [&Source; 2] {
        [&self.certificate, &self.key]
    }

    pub(super) fn load(&self, provider: &CryptoProvider) -> Result<Loaded, TlsError> {
        let chain = certificates(&self.certificate)?;
        let key = private_key(&self.key)?;
        let key = provider.key_provider.load_private_key(key);
        let key = key.map_err(|error| self.key.fault(Fault::Key(error)))?;
        let certified = CertifiedKey::new(chain, key);
        self.check(&certified)?;
        let facts = certified.cert.first().and_then(|own| Facts::read(own));
        self.warn(facts.as_ref());
        Ok(Loaded { certified: Arc::new(certified), facts })
    }

    fn check(&self, certified: &CertifiedKey) -> Result<(), TlsError> {
        match certified.keys_match() {
            // A key that does not tell its public half cannot be checked.
            Ok(()) | Err(RustlsError::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(()),
            Err(RustlsError::InconsistentKeys(_)) if matches_later(certified) => {
                Err(self.certificate.fault(Fault::ChainOrder))
            }
            Err(RustlsError::InconsistentKeys(_)) => {
                Err(self.key.fault(Fault::Mismatch { certificate: self.certificate.clone() }))
            }
            Err(error) => Err(self.certificate.fault(Fault::Certificate(error))),
        }
    }

    fn warn(&self, facts: Option<&Facts>) {
        let now = SystemTime::now();
        let certificate = &self.certificate;
        if facts.is_some_and(|facts| facts.not_after < now) {
            tracing::warn!(%certificate, "the certificate has expired; clients will refuse it");
        }
        if facts.is_some_and(|facts| facts.not_before > now) {
            tracing::warn!(%certificate, "the certificate is not valid yet; clients will refuse it");
        }
        if self.key.is_world_readable() {
            tracing::warn!(key = %self.key, "every user of this machine can read the private key; use mode 0600");
        }
    }
}

/// Whether the key is that of another certificate in the file.
fn matches_later(certified: &CertifiedKey) -> bool {
    let belongs = |cert: &CertificateDer<'static>| {
        CertifiedKey::new(vec![cert.clone()], Arc::clone(&certified.key)).keys_match().is_ok()
    };
    certified.cert.iter().skip(1).any(belongs)
}

/// Every certificate of a PEM file, at least one.
pub(super) fn certificates(source: &Source) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = source.read()?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = found.map_err(|error| source.fault(Fault::Pem(error)))?;
    if chain.is_empty() {
        let swapped = if names_key(&text) { ", but a private key: are the two files swapped?" } else { "" };
        return Err(source.fault(Fault::NoCertificate(hint(&text, swapped))));
    }
    Ok(chain)
}

fn private_key(source: &Source) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = source.read()?;
    // Asked first: the old encrypted form has header lines (RFC 1421 §4.6) that are no base64.
    if contains(&text, "-----BEGIN ENCRYPTED PRIVATE KEY-----") || contains(&text, "Proc-Type: 4,ENCRYPTED") {
        return Err(source.fault(Fault::EncryptedKey));
    }
    let Some(found) = PrivateKeyDer::pem_slice_iter(&text).next() else {
        let certificate = contains(&text, "-----BEGIN CERTIFICATE-----");
        let swapped = if certificate { ", but a certificate: are the two files swapped?" } else { "" };
        return Err(source.fault(Fault::NoKey(hint(&text, swapped))));
    };
    found.map_err(|error| source.fault(Fault::Pem(error)))
}

/// What to say about a file that is not PEM at all.
fn hint(text: &[u8], swapped: &'static str) -> &'static str {
    match text {
        [] => ": it is empty",
        // A SEQUENCE with a long length: what DER files begin with.
        [0x30, 0x80..=0xff, ..] => {
            "; it is DER, convert it to PEM with `openssl x509 -inform der` or `openssl pkey -inform der`"
        }
        _ => swapped,
    }
}

fn names_key(text: &[u8]) -> bool {
    contains(text, " PRIVATE KEY-----") || contains(text, "-----BEGIN PRIVATE KEY-----")
}

fn contains(text: &[u8], needle: &str) -> bool {
    memchr::memmem::find(text, needle.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::policy::provider;
    use super::super::testing::Leaf;
    use super::*;

    /// What loading a pair of PEM texts says; `OK` if nothing.
    fn verdict(certificate: &[u8], key: &[u8]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &[u8]| {
            std::fs::write(dir.path().join(name), text).unwrap();
            Source::File(dir.path().join(name))
        };
        let identity = Identity { certificate: file("cert.pem", certificate), key: file("key.pem", key) };
        match identity.load(&provider()) {
            Ok(_) => "OK".into(),
            Err(error) => error.to_string().replace(&format!("{}/", dir.path().display()), ""),
        }
    }

    #[test]
    fn each_fault_is_named_with_its_file() {
        let (one, two) = (Leaf::new(&["one.test"]), Leaf::new(&["two.test"]));
        let (cert, key) = (one.cert.as_bytes(), one.key.as_bytes());
        let both = [two.cert.as_bytes(), cert].concat();
        let encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let legacy = b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nMA==\n-----END EC PRIVATE KEY-----\n";
        let no_cert = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let no_key = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        let cases: [(&[u8], &[u8], &str); 13] = [
            (cert, key, "OK"),
            (b"", key, "cert.pem: no certificate in it: it is empty"),
            (b"hello", key, "cert.pem: no certificate in it"),
            (key, key, "cert.pem: no certificate in it, but a private key: are the two files swapped?"),
            (&[0x30, 0x82, 1, 2], key, "cert.pem: no certificate in it; it is DER"),
            (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", key, "cert.pem: broken PEM"),
            (no_cert, key, "cert.pem: the certificate is faulty"),
            (cert, cert, "key.pem: no private key in it, but a certificate"),
            (cert, no_key, "key.pem: the private key cannot be used"),
            (cert, encrypted, "key.pem: the private key is encrypted"),
            (cert, legacy, "key.pem: the private key is encrypted"),
            (
                cert,
                two.key.as_bytes(),
                "key.pem: the private key does not belong to the certificate of cert.pem",
            ),
            (&both, key, "cert.pem: the chain is out of order"),
        ];
        for (certificate, key, wanted) in cases {
            let verdict = verdict(certificate, key);
            assert!(verdict.starts_with(wanted), "{verdict:?} is not {wanted:?}");
        }
    }

    #[test]
    fn an_unreadable_file_is_told_from_a_missing_one() {
        let missing = Source::File("/no/such/file.pem".into());
        assert_eq!(certificates(&missing).unwrap_err().to_string(), "/no/such/file.pem: no such file");
        let error = certificates(&Source::File("/".into())).unwrap_err();
        assert_eq!(error.to_string(), "/: a directory, where a PEM file is wanted");
        assert!(error.is_unreadable());
        assert_eq!(error.path(), Some(Path::new("/")));
    }
}
