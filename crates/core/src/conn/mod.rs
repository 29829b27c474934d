//! What is known about the connection a request came on.

mod tls;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::proxy_protocol::ProxyHeader;

pub use self::tls::TlsInfo;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// One end of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerAddr {
    /// An IP address and port.
    Tcp(SocketAddr),
    /// A Unix socket, with its path if it is bound to one (clients seldom are).
    Unix(Option<PathBuf>),
    /// Not known: an in-process call, or a transport without addresses.
    #[default]
    Unknown,
}

impl PeerAddr {
    /// The IP address, of a TCP end.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(addr) => Some(addr.ip()),
            Self::Unix(_) | Self::Unknown => None,
        }
    }
}

impl From<SocketAddr> for PeerAddr {
    fn from(addr: SocketAddr) -> Self {
        Self::Tcp(addr)
    }
}

/// Facts about one accepted connection, shared by all of its requests.
///
/// As an extractor it is `Arc<ConnInfo>`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnInfo {
    id: u64,
    peer: PeerAddr,
    local: PeerAddr,
    tls: Option<TlsInfo>,
    proxied: Option<ProxyHeader>,
}

impl ConnInfo {
    /// A new connection between `peer` (the other end) and `local` (ours), with an id of its own.
    #[must_use]
    pub fn new(peer: PeerAddr, local: PeerAddr) -> Self {
        Self { id: NEXT_ID.fetch_add(1, Ordering::Relaxed), peer, local, tls: None, proxied: None }
    }

    /// Adds the facts of the TLS session.
    #[must_use]
    pub fn with_tls(mut self, tls: TlsInfo) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Adds the PROXY protocol header that the connection began with. The caller must have checked that the
    /// peer is allowed to send one: [`ConnInfo::remote_ip`] believes it.
    #[must_use]
    pub fn with_proxied(mut self, header: ProxyHeader) -> Self {
        self.proxied = Some(header);
        self
    }

    /// The number of this connection, unique in this process.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The other end of the transport: the client, or the nearest proxy.
    #[must_use]
    pub const fn peer(&self) -> &PeerAddr {
        &self.peer
    }

    /// Our end of the transport.
    #[must_use]
    pub const fn local(&self) -> &PeerAddr {
        &self.local
    }

    /// The TLS session, if there is one.
    #[must_use]
    pub const fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    /// The PROXY protocol header, if the connection began with one.
    #[must_use]
    pub const fn proxied(&self) -> Option<&ProxyHeader> {
        self.proxied.as_ref()
    }

    /// Who is at the other end: the source that the PROXY header names, otherwise the peer.
    ///
    /// `None` for Unix sockets and in-process calls. Headers such as `Forwarded` are not looked at:
    /// that is [`ClientIp`](crate::ClientIp).
    #[must_use]
    pub fn remote_ip(&self) -> Option<IpAddr> {
        let source = self.proxied.as_ref().and_then(ProxyHeader::source_ip);
        source.or_else(|| self.peer.ip()).map(|ip| ip.to_canonical())
    }

    /// Whether the client spoke TLS, to us or to the proxy that says so in its PROXY header.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.tls.is_some() || self.proxied.as_ref().is_some_and(ProxyHeader::is_secure)
    }
}

impl Default for ConnInfo {
    /// A connection of which nothing is known but its id: for calls within the process.
    fn default() -> Self {
        Self::new(PeerAddr::Unknown, PeerAddr::Unknown)
    }
}
