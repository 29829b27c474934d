//! Certificates in files.

use std::fs;
use std::path::PathBuf;

use rcgen::CertifiedKey;
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

/// A certificate for `localhost` and its key.
pub(crate) struct Files {
    folder: TempDir,
}

impl Files {
    pub(crate) fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        files.renew();
        files
    }

    /// Puts another certificate in their place.
    pub(crate) fn renew(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
        fs::write(self.path("cert.pem"), cert.pem()).unwrap();
        fs::write(self.path("key.pem"), signing_key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn certificate(&self) -> String {
        self.path("cert.pem").display().to_string()
    }

    pub(crate) fn key(&self) -> String {
        self.path("key.pem").display().to_string()
    }
}
