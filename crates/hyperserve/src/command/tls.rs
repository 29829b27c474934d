//! The arguments about TLS. HTTPS is served beside HTTP, on addresses of its own.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hyperserve_server::{Bind, ClientAuth, Listener, TlsConfig, TlsError, TlsVersion};

use super::assemble::listener;
use super::failure::Failure;

/// Serving HTTPS beside HTTP
#[derive(Debug, Args)]
#[command(next_help_heading = "HTTPS")]
pub(super) struct TlsArguments {
    /// Serve HTTPS on a certificate made for the occasion, which nobody trusts: for development
    #[cfg(feature = "self-signed")]
    #[arg(long, value_name = "KIND", value_enum, group = "certificate")]
    tls: Option<Kind>,

    /// Serve HTTPS on this certificate chain, a PEM file; it is read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key", group = "certificate")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Address for HTTPS; may be given many times
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443", requires = "certificate")]
    tls_listen: Vec<Bind>,

    /// Answer HTTP with a redirect to HTTPS, on PORT or on the port of the first --tls-listen
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, requires = "certificate")]
    #[expect(clippy::option_option, reason = "absent, without a port, with a port")]
    https_redirect: Option<Option<u16>>,

    /// Oldest TLS version a client may use
    #[arg(long, value_name = "VERSION", value_enum, default_value = "1.2", requires = "certificate")]
    tls_min_version: MinVersion,

    /// Ask clients for a certificate signed by these authorities, a PEM file
    #[arg(long, value_name = "FILE", requires = "certificate")]
    client_ca: Option<PathBuf>,

    /// Whether a client without a certificate is let in
    #[arg(long, value_enum, value_name = "RULE", default_value = "required", requires = "client_ca")]
    client_auth: ClientRule,
}

/// Certificates that need no file.
#[cfg(feature = "self-signed")]
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    SelfSigned,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MinVersion {
    #[value(name = "1.2")]
    V1_2,
    #[value(name = "1.3")]
    V1_3,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClientRule {
    Optional,
    Required,
}

impl TlsArguments {
    /// The listeners for HTTPS; none when no certificate is named.
    pub(super) fn listeners(&self) -> Result<Vec<Listener>, Failure> {
        let Some(config) = self.config()? else { return Ok(Vec::new()) };
        Ok(self.tls_listen.iter().map(|address| listener(address).with_tls(config.clone())).collect())
    }

    fn config(&self) -> Result<Option<TlsConfig>, TlsError> {
        let config = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsConfig::from_pem_files(certificate, key)),
            _ => self.self_signed()?,
        };
        let version = match self.tls_min_version {
            MinVersion::V1_2 => TlsVersion::V1_2,
            MinVersion::V1_3 => TlsVersion::V1_3,
        };
        Ok(config.map(|config| config.with_min_version(version).with_client_auth(self.clients())))
    }

    fn clients(&self) -> ClientAuth {
        match (self.client_ca.clone(), self.client_auth) {
            (None, _) => ClientAuth::None,
            (Some(authorities), ClientRule::Optional) => ClientAuth::Optional(authorities),
            (Some(authorities), ClientRule::Required) => ClientAuth::Required(authorities),
        }
    }

    #[cfg(feature = "self-signed")]
    fn self_signed(&self) -> Result<Option<TlsConfig>, TlsError> {
        let names = self.tls_listen.iter().filter_map(name_of);
        self.tls.map(|Kind::SelfSigned| TlsConfig::self_signed(names)).transpose()
    }

    #[cfg(not(feature = "self-signed"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the shape it has with the feature")]
    fn self_signed(&self) -> Result<Option<TlsConfig>, TlsError> {
        Ok(None)
    }

    /// Where plain HTTP is sent to, if it is.
    pub(super) fn redirect_port(&self) -> Result<Option<u16>, Failure> {
        match self.https_redirect {
            None => Ok(None),
            Some(Some(port)) => Ok(Some(port)),
            Some(None) => self.tls_listen.first().and_then(port_of).map(Some).ok_or_else(|| {
                Failure::new(
                    "--https-redirect cannot tell the port of --tls-listen: say it, --https-redirect=443",
                )
            }),
        }
    }
}

/// The name that clients will use for an address, where it tells one.
#[cfg(feature = "self-signed")]
fn name_of(address: &Bind) -> Option<String> {
    match address {
        Bind::Tcp(address) if !address.ip().is_unspecified() => Some(address.ip().to_string()),
        Bind::Host { name, .. } => Some(name.clone()),
        _ => None,
    }
}

/// The port of an address, unless the system is to pick one or it is no TCP address.
fn port_of(address: &Bind) -> Option<u16> {
    let port = match address {
        Bind::Any(port) | Bind::Host { port, .. } => *port,
        Bind::Tcp(address) => address.port(),
        _ => 0,
    };
    (port != 0).then_some(port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        tls: TlsArguments,
    }

    fn read(words: &str) -> Result<TlsArguments, String> {
        let words = ["hyperserve"].into_iter().chain(words.split_whitespace());
        Only::try_parse_from(words).map(|only| only.tls).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_certificate_there_is_no_https() {
        let arguments = read("").unwrap();
        assert!(arguments.listeners().unwrap().is_empty());
        assert_eq!(arguments.redirect_port().unwrap(), None);
        for words in ["--tls-listen 8443", "--https-redirect", "--tls-min-version 1.3", "--client-ca ca.pem"]
        {
            let error = read(words).unwrap_err();
            assert!(error.contains("--tls-cert <FILE>"), "{error}");
        }
    }

    #[test]
    fn halves_are_refused() {
        assert!(read("--tls-cert a.pem").unwrap_err().contains("--tls-key <FILE>"));
        assert!(read("--tls-key a.pem").unwrap_err().contains("--tls-cert <FILE>"));
        let files = "--tls-cert a.pem --tls-key b.pem";
        assert!(read(&format!("{files} --client-auth optional")).unwrap_err().contains("--client-ca <FILE>"));
        assert!(read(&format!("{files} --tls-min-version 1.1")).unwrap_err().contains("1.2, 1.3"));
    }

    #[cfg(feature = "self-signed")]
    #[test]
    fn a_made_certificate_and_files_exclude_each_other() {
        assert_eq!(read("--tls self-signed").unwrap().listeners().unwrap().len(), 1);
        let both = read("--tls self-signed --tls-cert a.pem --tls-key b.pem").unwrap_err();
        assert!(both.contains("cannot be used with"), "{both}");
    }

    #[test]
    fn the_redirect_goes_to_a_port_that_is_known() {
        let files = "--tls-cert a.pem --tls-key b.pem --https-redirect";
        let port = |words: &str| read(words).unwrap().redirect_port();
        assert_eq!(port(files).unwrap(), Some(8443));
        assert_eq!(port(&format!("{files}=443")).unwrap(), Some(443));
        assert_eq!(port(&format!("{files} --tls-listen :9443")).unwrap(), Some(9443));
        for unknown in ["127.0.0.1:0", "unix:/run/a.sock"] {
            let error = port(&format!("{files} --tls-listen {unknown}")).unwrap_err().to_string();
            assert!(error.contains("--https-redirect=443"), "{error}");
        }
    }

    #[test]
    fn client_certificates_are_required_unless_told_otherwise() {
        let files = "--tls-cert a.pem --tls-key b.pem --client-ca ca.pem";
        assert_eq!(read(files).unwrap().clients(), ClientAuth::Required("ca.pem".into()));
        let lenient = read(&format!("{files} --client-auth optional")).unwrap();
        assert_eq!(lenient.clients(), ClientAuth::Optional("ca.pem".into()));
    }
}
