//! Version 2: a binary header (§2.2).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;

use super::{MAX_HEADER_LEN, Parsed, ProxyAddr, ProxyError, ProxyHeader, ProxyTransport, ProxyVersion, tlv};

pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The signature, version and command, family and transport, length.
pub(super) const FIXED: usize = 16;

/// The length of a Unix address.
pub(super) const UNIX: usize = 108;

pub(super) fn parse(input: &[u8]) -> Result<Parsed, ProxyError> {
    let Some((&[.., command, family, high, low], _)) = input.split_first_chunk::<FIXED>() else {
        return Ok(Parsed::Incomplete(FIXED));
    };
    if command >> 4 != 2 {
        return Err(ProxyError::malformed("unknown version"));
    }
    let len = FIXED + usize::from(u16::from_be_bytes([high, low]));
    if len > MAX_HEADER_LEN {
        return Err(ProxyError::too_long());
    }
    let Some(header) = input.get(..len) else { return Ok(Parsed::Incomplete(len)) };
    let header = match command & 0x0f {
        // All that follows is to be skipped, the family included.
        0 => ProxyHeader::local(),
        1 => parse_proxy(header, family)?,
        _ => return Err(ProxyError::malformed("unknown command")),
    };
    Ok(Parsed::Complete { header, len })
}

fn parse_proxy(header: &[u8], family: u8) -> Result<ProxyHeader, ProxyError> {
    let transport = match family & 0x0f {
        0 if family == 0 => return Ok(ProxyHeader::unspecified(ProxyVersion::V2)),
        1 => ProxyTransport::Stream,
        2 => ProxyTransport::Datagram,
        _ => return Err(ProxyError::malformed("unknown transport")),
    };
    let addresses = &header[FIXED..];
    let (addrs, len) = match family >> 4 {
        1 => (inet(addresses), 12),
        2 => (inet6(addresses), 36),
        3 => (unix(addresses), 2 * UNIX),
        _ => return Err(ProxyError::malformed("unknown address family")),
    };
    let addrs = addrs.ok_or(ProxyError::malformed("too short for its addresses"))?;
    tlv::check(header, FIXED + len)?;
    let tlvs = Bytes::copy_from_slice(&addresses[len..]);
    Ok(ProxyHeader { tlvs, ..ProxyHeader::between(ProxyVersion::V2, transport, addrs) })
}

fn inet(block: &[u8]) -> Option<(ProxyAddr, ProxyAddr)> {
    let (source, rest) = block.split_first_chunk::<4>()?;
    let (destination, rest) = rest.split_first_chunk::<4>()?;
    let (from, to) = ports(rest)?;
    let addr = |octets: [u8; 4], port| SocketAddr::from((Ipv4Addr::from(octets), port)).into();
    Some((addr(*source, from), addr(*destination, to)))
}

fn inet6(block: &[u8]) -> Option<(ProxyAddr, ProxyAddr)> {
    let (source, rest) = block.split_first_chunk::<16>()?;
    let (destination, rest) = rest.split_first_chunk::<16>()?;
    let (from, to) = ports(rest)?;
    let addr = |octets: [u8; 16], port| SocketAddr::from((Ipv6Addr::from(octets), port)).into();
    Some((addr(*source, from), addr(*destination, to)))
}

fn ports(block: &[u8]) -> Option<(u16, u16)> {
    let &[a, b, c, d] = block.first_chunk()?;
    Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
}

fn unix(block: &[u8]) -> Option<(ProxyAddr, ProxyAddr)> {
    let (source, rest) = block.split_first_chunk::<UNIX>()?;
    let destination = rest.first_chunk::<UNIX>()?;
    let addr = |field: &[u8]| {
        let len = field.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        ProxyAddr::Unix(Bytes::copy_from_slice(&field[..len]))
    };
    Some((addr(source), addr(destination)))
}
