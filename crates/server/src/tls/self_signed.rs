//! A certificate for development that nobody trusts.

use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd};

use super::error::{Fault, TlsError};
use super::source::Source;

const DAY: Duration = Duration::from_secs(86_400);

/// Names every development certificate has.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate and its key, both in PEM.
pub(super) fn generate<N: AsRef<str>>(
    names: impl IntoIterator<Item = N>,
) -> Result<(String, String), TlsError> {
    let mut all: Vec<String> = LOCAL.map(str::to_owned).to_vec();
    for name in names {
        if !all.iter().any(|known| known == name.as_ref()) {
            all.push(name.as_ref().to_owned());
        }
    }
    sign(all).map_err(|error| {
        let source = Source::Memory([].into(), "the self-signed certificate");
        source.fault(Fault::Refused(error.into()))
    })
}

/// rcgen's default key is ECDSA P-256, which every client knows.
fn sign(names: Vec<String>) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "HyperServe development certificate");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // From yesterday, for clocks that are behind, and 365 days in all: browsers refuse more than 398 days, the
    // Mozilla guidelines more than 366.
    let today = date_time_ymd(1970, 1, 1) + SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    params.not_before = today - DAY;
    params.not_after = today + 364 * DAY;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;

    use super::super::TlsConfig;
    use super::super::certificate::Facts;
    use super::super::testing::{Client, handshake};
    use super::*;

    #[tokio::test]
    async fn it_serves_localhost_and_the_given_names_for_a_year() {
        let (cert, key) = generate(["dev.test", "localhost"]).unwrap();
        let der = CertificateDer::from_pem_slice(cert.as_bytes()).unwrap();
        let facts = Facts::read(&der).unwrap();
        assert_eq!(facts.dns_names, ["localhost", "dev.test"]);
        assert_eq!(facts.not_after.duration_since(facts.not_before).unwrap(), 365 * DAY);
        let acceptor = TlsConfig::from_pem(cert, key).load().unwrap();
        for name in ["localhost", "127.0.0.1", "::1", "dev.test"] {
            assert!(handshake(&acceptor, name, Client::trusting(&der)).await.is_ok(), "{name}");
        }
        assert!(handshake(&acceptor, "other.test", Client::trusting(&der)).await.is_err());
    }

    #[test]
    fn a_name_that_is_none_is_an_error() {
        let error = TlsConfig::self_signed(["caf\u{e9}"]).unwrap_err().to_string();
        assert!(error.starts_with("the self-signed certificate: "), "{error}");
    }
}
