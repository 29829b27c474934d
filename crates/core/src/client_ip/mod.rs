//! [`ClientIp`]: who the client is, as far as trusted proxies can be believed.

mod forwarded;
mod trusted;
mod walk;

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;

use crate::ConnInfo;

pub use self::trusted::{TrustedProxies, TrustedProxiesError};

/// The client's address, and the scheme and host it used, seen through trusted proxies.
///
/// The walk begins at [`ConnInfo::remote_ip`] and goes through the forwarded hops from right to left, for as long
/// as the hop it stands on is trusted; the first hop that is not trusted is the client. What stands further left
/// was written by strangers and is not read. An entry that is malformed, `unknown` or obfuscated ends the walk at
/// the proxy that wrote it; so do 32 hops.
///
/// `Forwarded` (RFC 7239) wins over `X-Forwarded-For`, `-Proto` and `-Host` when both kinds are present: then
/// the latter are not read at all. Let your proxies remove the kind that they do not write.
///
/// ```
/// use std::net::SocketAddr;
/// use http::{HeaderMap, HeaderValue};
/// use hyperserve_core::{ClientIp, ConnInfo, PeerAddr, TrustedProxies};
///
/// let proxy: SocketAddr = "10.0.0.5:41000".parse()?;
/// let conn = ConnInfo::new(PeerAddr::Tcp(proxy), PeerAddr::Unknown);
/// let mut headers = HeaderMap::new();
/// headers.insert("x-forwarded-for", HeaderValue::from_static("6.6.6.6, 203.0.113.9, 10.0.0.7"));
///
/// let trusted: TrustedProxies = "10.0.0.0/8".parse()?;
/// let client = ClientIp::resolve(&headers, &conn, &trusted);
/// assert_eq!(client.ip(), Some("203.0.113.9".parse()?));
///
/// let nobody = TrustedProxies::default();
/// assert_eq!(ClientIp::resolve(&headers, &conn, &nobody).ip(), Some(proxy.ip()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientIp {
    ip: Option<IpAddr>,
    secure: bool,
    host: Option<Box<str>>,
}

impl ClientIp {
    /// Finds the client of a request with these headers on this connection.
    #[must_use]
    pub fn resolve(headers: &HeaderMap, conn: &ConnInfo, trusted: &TrustedProxies) -> Self {
        let here = Self { ip: conn.remote_ip(), secure: conn.is_secure(), host: None };
        if trusted.trusts(conn) { walk::walk(here, headers, trusted) } else { here }
    }

    /// The client's address; IPv4 in IPv6 is given as IPv4. `None` on a Unix socket whose other end is not
    /// trusted or says nothing, and for calls within the process.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// The scheme that the client used, `http` or `https`: what the trusted proxy nearest to it says, otherwise
    /// that of the connection.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// Whether the client used `https`.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host (and port) that the client asked for, if a trusted proxy says so; otherwise ask the request.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The address to count a client by: IPv6 without its lower 64 bits, which a client may choose at will.
    #[must_use]
    pub fn limiter_key(&self) -> Option<IpAddr> {
        self.ip.map(|ip| match ip.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

#[cfg(test)]
mod tests;
