//! The command line: addresses with what is particular to each, and limits.

use std::time::Duration;

use hyperserve_core::TrustedProxies;
use hyperserve_server::{ClientAuth, Limits, Listener, TlsConfig, TlsVersion, UnixOptions};

use crate::Outcome;

/// `--listen` opens an address; what is particular to an address (`--tls`, `--redirect`, `--proxy-protocol`…) is for the
/// one named last. Certificates are looked at every `--reload-ms`, never by default.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) addresses: Vec<Address>,
    pub(crate) limits: Limits,
    pub(crate) trusted: TrustedProxies,
    pub(crate) unix: UnixOptions,
    pub(crate) workers: usize,
}

#[derive(Default)]
pub(crate) struct Address {
    name: String,
    tls: Option<(String, String)>,
    client_ca: Option<String>,
    client_required: bool,
    only_tls13: bool,
    reload: Duration,
    redirect: Option<u16>,
    proxy_protocol: bool,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut arguments = Self { workers: 1, ..Self::default() };
        while let Some(flag) = words.next() {
            arguments.take(&flag, &mut words)?;
        }
        Ok(arguments)
    }

    fn take(&mut self, flag: &str, words: &mut impl Iterator<Item = String>) -> Outcome<()> {
        let mut word = || words.next().ok_or_else(|| format!("{flag} wants a value"));
        match flag {
            "--listen" => self.addresses.push(Address { name: word()?, ..Address::default() }),
            "--workers" => self.workers = word()?.parse()?,
            "--trusted" => self.trusted = TrustedProxies::from_entries(word()?.split(','))?,
            "--unix-mode" => self.unix = UnixOptions::new().with_mode(u32::from_str_radix(&word()?, 8)?),
            "--set" => {
                let pair = word()?;
                let (name, value) = pair.split_once('=').ok_or("--set wants name=value")?;
                self.limits.set(name, value)?;
            }
            _ => {
                let address =
                    self.addresses.last_mut().ok_or_else(|| format!("{flag} stands before --listen"))?;
                address.take(flag, word)?;
            }
        }
        Ok(())
    }
}

impl Address {
    fn take(&mut self, flag: &str, mut word: impl FnMut() -> Result<String, String>) -> Outcome<()> {
        match flag {
            "--tls" => self.tls = Some((word()?, word()?)),
            "--client-ca" => self.client_ca = Some(word()?),
            "--client-auth" => self.client_required = true,
            "--only-tls13" => self.only_tls13 = true,
            "--reload-ms" => self.reload = Duration::from_millis(word()?.parse()?),
            "--redirect" => self.redirect = Some(word()?.parse()?),
            "--proxy-protocol" => self.proxy_protocol = true,
            _ => return Err(format!("unknown flag {flag}").into()),
        }
        Ok(())
    }

    pub(crate) fn listener(self) -> Listener {
        let mut listener = Listener::new(&self.name).with_proxy_protocol(self.proxy_protocol);
        if let Some(port) = self.redirect {
            listener = listener.with_https_redirect(port);
        }
        if let Some((certificate, key)) = self.tls {
            let version = if self.only_tls13 { TlsVersion::V1_3 } else { TlsVersion::default() };
            let clients = match (self.client_ca, self.client_required) {
                (None, _) => ClientAuth::None,
                (Some(authorities), false) => ClientAuth::Optional(authorities.into()),
                (Some(authorities), true) => ClientAuth::Required(authorities.into()),
            };
            let tls = TlsConfig::from_pem_files(certificate, key)
                .with_min_version(version)
                .with_reload_interval(self.reload)
                .with_client_auth(clients);
            listener = listener.with_tls(tls);
        }
        listener
    }
}
