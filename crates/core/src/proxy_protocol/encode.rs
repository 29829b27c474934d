//! Writing PROXY headers: for proxies, and for tests of servers.

use std::net::{IpAddr, SocketAddr};

use super::v2::{FIXED, SIGNATURE, UNIX};
use super::{ProxyAddr, ProxyCommand, ProxyHeader, ProxyTransport, ProxyVersion, crc32c, tlv};

impl ProxyHeader {
    /// The header as bytes.
    ///
    /// What a version has no room for is left out: in version 1 everything but TCP is `UNKNOWN`. A checksum TLV
    /// is computed anew. TLVs are only written with addresses, and only while they fit into 65535 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self.version {
            ProxyVersion::V1 => self.encode_v1().into_bytes(),
            ProxyVersion::V2 => self.encode_v2(),
        }
    }

    fn encode_v1(&self) -> String {
        match (&self.source, &self.destination, self.transport) {
            (ProxyAddr::Ip(source), ProxyAddr::Ip(destination), ProxyTransport::Stream) => {
                let (source, destination) = same_family(*source, *destination);
                let family = if source.is_ipv4() { 4 } else { 6 };
                let (from, to) = (source.port(), destination.port());
                format!("PROXY TCP{family} {} {} {from} {to}\r\n", source.ip(), destination.ip())
            }
            _ => "PROXY UNKNOWN\r\n".into(),
        }
    }

    fn encode_v2(&self) -> Vec<u8> {
        let command = match self.command {
            ProxyCommand::Local => 0x20,
            ProxyCommand::Proxy => 0x21,
        };
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([command, 0, 0, 0]);
        bytes[13] = push_addresses(&mut bytes, self);
        let block = if bytes[13] == 0 { &[][..] } else { &self.tlvs };
        let at = bytes.len();
        bytes.extend_from_slice(block);
        let Ok(len) = u16::try_from(bytes.len() - FIXED) else {
            return Self { tlvs: bytes::Bytes::new(), ..self.clone() }.encode_v2();
        };
        bytes[14..FIXED].copy_from_slice(&len.to_be_bytes());
        if let Some(crc) = tlv::crc_at(block).map(|offset| at + offset) {
            bytes[crc..crc + 4].fill(0);
            let sum = crc32c::checksum([&bytes[..]]);
            bytes[crc..crc + 4].copy_from_slice(&sum.to_be_bytes());
        }
        bytes
    }
}

/// Appends both addresses and returns the byte that names their family and transport.
fn push_addresses(bytes: &mut Vec<u8>, header: &ProxyHeader) -> u8 {
    let transport = match header.transport {
        ProxyTransport::Unspecified => return 0,
        ProxyTransport::Stream => 1,
        ProxyTransport::Datagram => 2,
    };
    match (&header.source, &header.destination) {
        _ if header.command == ProxyCommand::Local => 0,
        (ProxyAddr::Ip(source), ProxyAddr::Ip(destination)) => {
            let (source, destination) = same_family(*source, *destination);
            push_ip(bytes, source.ip());
            push_ip(bytes, destination.ip());
            bytes.extend(source.port().to_be_bytes());
            bytes.extend(destination.port().to_be_bytes());
            transport | if source.is_ipv4() { 0x10 } else { 0x20 }
        }
        (ProxyAddr::Unix(source), ProxyAddr::Unix(destination)) => {
            push_path(bytes, source);
            push_path(bytes, destination);
            transport | 0x30
        }
        _ => 0,
    }
}

fn push_ip(bytes: &mut Vec<u8>, ip: IpAddr) {
    match ip {
        IpAddr::V4(v4) => bytes.extend(v4.octets()),
        IpAddr::V6(v6) => bytes.extend(v6.octets()),
    }
}

fn push_path(bytes: &mut Vec<u8>, path: &[u8]) {
    let end = bytes.len() + UNIX;
    bytes.extend(&path[..path.len().min(UNIX)]);
    bytes.resize(end, 0);
}

/// An IPv4 address beside an IPv6 one is written as IPv6.
fn same_family(source: SocketAddr, destination: SocketAddr) -> (SocketAddr, SocketAddr) {
    if source.is_ipv4() == destination.is_ipv4() {
        return (source, destination);
    }
    let v6 = |addr: SocketAddr| match addr.ip() {
        IpAddr::V4(v4) => SocketAddr::from((v4.to_ipv6_mapped(), addr.port())),
        IpAddr::V6(_) => addr,
    };
    (v6(source), v6(destination))
}
