//! One address to listen on, and how.

use crate::listen::Bind;
#[cfg(feature = "tls")]
use crate::tls::TlsConfig;
use std::fmt;

/// An address with what is particular to it: TLS, the PROXY protocol, a redirect.
///
/// ```
/// use hyperserve_server::Listener;
///
/// let plain = Listener::new("127.0.0.1:8080");
/// let behind_a_balancer = Listener::new("10.0.0.5:8080").with_proxy_protocol(true);
/// ```
#[derive(Clone)]
#[must_use]
pub struct Listener {
    pub(super) address: Result<Bind, String>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<TlsConfig>,
    pub(super) proxy_protocol: bool,
    pub(super) redirect: Option<u16>,
}

impl Listener {
    /// Listens on `address`: `127.0.0.1:8080`, `[::]:8080`, `:8080`, `8080`, `localhost:8080`, `unix:/run/app.sock`,
    /// `unix:@name`, `fd:3`, `systemd` or `systemd:name`. A bad one is reported when the server is bound.
    pub fn new(address: &str) -> Self {
        Self {
            address: address.parse().map_err(|error: crate::listen::ParseBindError| error.to_string()),
            #[cfg(feature = "tls")]
            tls: None,
            proxy_protocol: false,
            redirect: None,
        }
    }

    /// Serves HTTPS: HTTP/2 and HTTP/1.1 as the client prefers.
    #[cfg(feature = "tls")]
    pub fn with_tls(mut self, tls: TlsConfig) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Expects a PROXY protocol header, version 1 or 2, on each connection from a trusted network
    /// ([`Server::with_trusted_proxies`](super::Server::with_trusted_proxies)). Connections from elsewhere are served
    /// without one. Off by default.
    pub fn with_proxy_protocol(mut self, on: bool) -> Self {
        self.proxy_protocol = on;
        self
    }

    /// Answers every request with 308 to the same host and target over HTTPS on `port`.
    pub fn with_https_redirect(mut self, port: u16) -> Self {
        self.redirect = Some(port);
        self
    }
}

impl From<&str> for Listener {
    fn from(address: &str) -> Self {
        Self::new(address)
    }
}

impl From<String> for Listener {
    fn from(address: String) -> Self {
        Self::new(&address)
    }
}

impl From<std::net::SocketAddr> for Listener {
    fn from(address: std::net::SocketAddr) -> Self {
        Self::new(&address.to_string())
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Listener");
        debug.field("address", &self.address).field("proxy_protocol", &self.proxy_protocol);
        debug.field("redirect", &self.redirect);
        #[cfg(feature = "tls")]
        debug.field("tls", &self.tls);
        debug.finish()
    }
}
