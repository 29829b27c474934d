//! [`ProxyHeader`]: what a PROXY header says, whichever version wrote it.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use super::tlv::{self, ProxyTls, Tlvs};

/// The version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProxyVersion {
    /// The line of text (§2.1).
    V1,
    /// The binary header (§2.2).
    V2,
}

/// Whether the proxy speaks for a client or for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProxyCommand {
    /// The proxy's own connection, such as a health check: the addresses are those of the transport.
    Local,
    /// A client's connection.
    Proxy,
}

/// The transport of the proxied connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyTransport {
    /// Not said.
    Unspecified,
    /// TCP, or a stream over a Unix socket.
    Stream,
    /// UDP, or datagrams over a Unix socket.
    Datagram,
}

/// An end of the proxied connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyAddr {
    /// Not said.
    Unspecified,
    /// An IP address and port.
    Ip(SocketAddr),
    /// The path of a Unix socket without the zeros that fill its field, at most 108 bytes.
    Unix(Bytes),
}

impl ProxyAddr {
    /// The IP address, if it is one.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(addr) => Some(addr.ip()),
            Self::Unix(_) | Self::Unspecified => None,
        }
    }
}

impl From<SocketAddr> for ProxyAddr {
    fn from(addr: SocketAddr) -> Self {
        Self::Ip(addr)
    }
}

/// A PROXY header.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyHeader {
    pub(super) version: ProxyVersion,
    pub(super) command: ProxyCommand,
    pub(super) transport: ProxyTransport,
    pub(super) source: ProxyAddr,
    pub(super) destination: ProxyAddr,
    /// As they came: well formed, checksum and padding included.
    pub(super) tlvs: Bytes,
}

impl ProxyHeader {
    /// A version 2 header of a TCP connection from `source` to `destination`.
    #[must_use]
    pub fn proxied(source: SocketAddr, destination: SocketAddr) -> Self {
        let addrs = (ProxyAddr::Ip(source), ProxyAddr::Ip(destination));
        Self::between(ProxyVersion::V2, ProxyTransport::Stream, addrs)
    }

    /// A version 2 header of a connection of the proxy's own.
    #[must_use]
    pub fn local() -> Self {
        Self { command: ProxyCommand::Local, ..Self::unspecified(ProxyVersion::V2) }
    }

    pub(super) fn unspecified(version: ProxyVersion) -> Self {
        let addrs = (ProxyAddr::Unspecified, ProxyAddr::Unspecified);
        Self::between(version, ProxyTransport::Unspecified, addrs)
    }

    pub(super) fn between(
        version: ProxyVersion,
        transport: ProxyTransport,
        (source, destination): (ProxyAddr, ProxyAddr),
    ) -> Self {
        Self { version, command: ProxyCommand::Proxy, transport, source, destination, tlvs: Bytes::new() }
    }

    /// The same header in another version. Version 1 has no room for what is not TCP, nor for TLVs.
    #[must_use]
    pub fn with_version(mut self, version: ProxyVersion) -> Self {
        self.version = version;
        self
    }

    /// Adds a type-length-value (§2.2); a value longer than 65535 bytes is cut off there.
    #[must_use]
    pub fn with_tlv(mut self, kind: u8, value: &[u8]) -> Self {
        self.tlvs = tlv::appended(&self.tlvs, kind, value);
        self
    }

    /// The version it came in.
    #[must_use]
    pub const fn version(&self) -> ProxyVersion {
        self.version
    }

    /// Whether the proxy speaks for a client or for itself.
    #[must_use]
    pub const fn command(&self) -> ProxyCommand {
        self.command
    }

    /// The transport of the proxied connection.
    #[must_use]
    pub const fn transport(&self) -> ProxyTransport {
        self.transport
    }

    /// The client's end of the proxied connection.
    #[must_use]
    pub const fn source(&self) -> &ProxyAddr {
        &self.source
    }

    /// The end that the client connected to.
    #[must_use]
    pub const fn destination(&self) -> &ProxyAddr {
        &self.destination
    }

    /// The client's IP address; `None` when the header does not say (then it is the transport's).
    #[must_use]
    pub const fn source_ip(&self) -> Option<IpAddr> {
        self.source.ip()
    }

    /// All type-length-values in their order, checksum and padding included.
    #[must_use]
    pub fn tlvs(&self) -> Tlvs<'_> {
        Tlvs::new(&self.tlvs)
    }

    /// The value of the first TLV of a kind.
    #[must_use]
    pub fn tlv(&self, kind: u8) -> Option<&[u8]> {
        self.tlvs().find_map(|tlv| (tlv.kind == kind).then_some(tlv.value))
    }

    /// The application protocol that the client and the proxy agreed on (§2.2.1).
    #[must_use]
    pub fn alpn(&self) -> Option<&[u8]> {
        self.tlv(tlv::ALPN)
    }

    /// The host name that the client asked for, usually by SNI (§2.2.2).
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.tlv(tlv::AUTHORITY).and_then(|name| str::from_utf8(name).ok())
    }

    /// The proxy's id of the connection, at most 128 bytes (§2.2.5).
    #[must_use]
    pub fn unique_id(&self) -> Option<&[u8]> {
        self.tlv(tlv::UNIQUE_ID)
    }

    /// The network namespace (§2.2.7).
    #[must_use]
    pub fn netns(&self) -> Option<&str> {
        self.tlv(tlv::NETNS).and_then(|name| str::from_utf8(name).ok())
    }

    /// What the proxy says of the client's TLS session (§2.2.6).
    #[must_use]
    pub fn tls(&self) -> Option<ProxyTls<'_>> {
        self.tlv(tlv::SSL).and_then(ProxyTls::parse)
    }

    /// Whether the client spoke TLS to the proxy.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.tls().is_some_and(|tls| tls.is_tls())
    }
}
