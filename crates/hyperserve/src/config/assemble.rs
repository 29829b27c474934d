//! From a configuration to a server.

use hyperserve_core::TrustedProxies;
use hyperserve_server::{Bind, Limits, Listener, Server, TcpOptions, UnixOptions};
#[cfg(feature = "tls")]
use hyperserve_server::{ClientAuth, TlsConfig, TlsVersion};
#[cfg(feature = "tls")]
use std::time::Duration;

use super::{Config, ConfigError, Face};

impl Config {
    /// The limits.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn limits(&self) -> Result<Limits, ConfigError> {
        self.check().map(|()| self.limits_as_they_are())
    }

    /// A server with everything that is set, for any tower service; nothing is bound or read yet.
    ///
    /// `health_listen`, `metrics`, `log` and the keys of the Python face alone are not the server's business, and not in it.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), and a self-signed certificate that cannot be made.
    pub fn server(&self) -> Result<Server, ConfigError> {
        self.check()?;
        let mut server = Server::new()
            .with_limits(self.limits_as_they_are())
            .with_workers(self.worker_count())
            .with_pinned_workers(self.is_on("pin_workers"))
            .with_trusted_proxies(self.trusted_proxies())
            .with_tcp_options(self.tcp_options())
            .with_unix_options(self.unix_options())
            .with_date_header(self.face == Face::Rust || self.is_on("date_header"));
        for listener in self.listeners()? {
            server = server.listen(listener.with_proxy_protocol(self.is_on("proxy_protocol")));
        }
        Ok(server)
    }

    pub(crate) fn limits_as_they_are(&self) -> Limits {
        let mut limits = Limits::default();
        for entry in Limits::default().entries() {
            // Both come from the server, in its own form.
            let accepted = limits.set(entry.name, self.raw(entry.name));
            debug_assert!(accepted.is_ok(), "{}", entry.name);
        }
        limits.h2c &= self.speaks_http2();
        limits
    }

    /// Whether HTTP/2 is spoken as far as the program is built for it.
    fn speaks_http2(&self) -> bool {
        self.face == Face::Rust || self.is_on("http2")
    }

    pub(crate) fn trusted_proxies(&self) -> TrustedProxies {
        // A PROXY protocol header counts from the same networks, so they stay known for it.
        let believed = self.face == Face::Rust || self.is_on("proxy_headers") || self.is_on("proxy_protocol");
        let listed = self.raw("trusted_proxies").parse();
        listed.ok().filter(|_| believed).unwrap_or_default()
    }

    pub(crate) fn addresses(&self, name: &str) -> impl Iterator<Item = Bind> {
        self.list(name).into_iter().filter_map(|address| address.parse().ok())
    }

    fn tcp_options(&self) -> TcpOptions {
        TcpOptions::new()
            .with_backlog(self.small_number("tcp_backlog"))
            .with_nodelay(self.is_on("tcp_nodelay"))
            .with_keepalive(self.duration("tcp_keepalive"))
            .with_unsent(Some(self.small_number("tcp_unsent")).filter(|bytes| *bytes > 0))
            .with_reuse_port(self.is_on("tcp_reuse_port"))
            .with_v6_only(self.is_on("tcp_v6_only"))
    }

    pub(crate) fn unix_options(&self) -> UnixOptions {
        UnixOptions::new().with_mode(self.bits("unix_mode")).with_backlog(self.small_number("unix_backlog"))
    }

    pub(super) fn listeners(&self) -> Result<Vec<Listener>, ConfigError> {
        let port = if self.has_certificate() { self.redirect_port() } else { None };
        let plain = self.list("listen").into_iter().map(|address| {
            let plain = Listener::new(&address);
            match port {
                Some(port) => plain.with_https_redirect(port),
                None => plain,
            }
        });
        #[cfg(feature = "tls")]
        let secure = self.secure_listeners()?;
        #[cfg(not(feature = "tls"))]
        let secure = Vec::new();
        Ok(plain.chain(secure).collect())
    }

    /// Where plain HTTP is sent to, if it is and if that is known.
    pub(super) fn redirect_port(&self) -> Option<u16> {
        match self.raw("https_redirect") {
            "off" => None,
            "on" => self.addresses("tls_listen").next().as_ref().and_then(port_of),
            port => port.parse().ok(),
        }
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

#[cfg(feature = "tls")]
impl Config {
    fn secure_listeners(&self) -> Result<Vec<Listener>, ConfigError> {
        let Some(tls) = self.tls()? else { return Ok(Vec::new()) };
        let addresses = self.list("tls_listen").into_iter();
        Ok(addresses.map(|address| Listener::new(&address).with_tls(tls.clone())).collect())
    }

    /// How HTTPS is served; `None` when it is not.
    pub(crate) fn tls(&self) -> Result<Option<TlsConfig>, ConfigError> {
        let version = if self.raw("tls_min_version") == "1.3" { TlsVersion::V1_3 } else { TlsVersion::V1_2 };
        let interval = self.duration("tls_reload_interval").unwrap_or(Duration::ZERO);
        let http2 = self.speaks_http2();
        let configured = |tls: TlsConfig| {
            let tls = tls.with_min_version(version).with_client_auth(self.client_auth());
            tls.with_reload_interval(interval).with_http2(http2)
        };
        self.certificate().map(|tls| tls.map(configured))
    }

    fn certificate(&self) -> Result<Option<TlsConfig>, ConfigError> {
        if self.is_given("tls_cert") {
            let key = if self.is_one_file() { "tls_cert" } else { "tls_key" };
            return Ok(Some(TlsConfig::from_pem_files(self.raw("tls_cert"), self.raw(key))));
        }
        self.self_signed()
    }

    fn client_auth(&self) -> ClientAuth {
        let authorities = self.raw("client_ca");
        match self.raw("client_auth") {
            _ if authorities.is_empty() => ClientAuth::None,
            "off" => ClientAuth::None,
            "optional" => ClientAuth::Optional(authorities.into()),
            _ => ClientAuth::Required(authorities.into()),
        }
    }

    #[cfg(feature = "self-signed")]
    fn self_signed(&self) -> Result<Option<TlsConfig>, ConfigError> {
        if !self.is_self_signed() {
            return Ok(None);
        }
        let names = self.addresses("tls_listen").filter_map(name_of);
        TlsConfig::self_signed(names).map(Some).or_else(|error| {
            let fault = super::ConfigFault::new(self.origin("tls_listen"), error.to_string());
            ConfigError::of(vec![fault]).map(|()| None)
        })
    }

    #[cfg(not(feature = "self-signed"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the shape it has with the feature")]
    fn self_signed(&self) -> Result<Option<TlsConfig>, ConfigError> {
        Ok(None)
    }
}

/// The name that clients will use for an address, where it tells one.
#[cfg(feature = "self-signed")]
fn name_of(address: Bind) -> Option<String> {
    match address {
        Bind::Tcp(address) if !address.ip().is_unspecified() => Some(address.ip().to_string()),
        Bind::Host { name, .. } => Some(name),
        _ => None,
    }
}
