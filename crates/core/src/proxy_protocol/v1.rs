//! Version 1: one line of text (§2.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Parsed, ProxyAddr, ProxyError, ProxyHeader, ProxyTransport, ProxyVersion};

pub(super) const PREFIX: &[u8] = b"PROXY ";

/// The longest line, its CRLF included: "a 108-byte buffer is always enough" with the terminating zero.
const LONGEST: usize = 107;

/// `PROXY UNKNOWN` and CRLF, the shortest line.
const SHORTEST: usize = 15;

pub(super) fn parse(input: &[u8]) -> Result<Parsed, ProxyError> {
    let head = &input[..input.len().min(LONGEST)];
    let Some(end) = head.windows(2).position(|pair| pair == b"\r\n") else {
        return incomplete(input);
    };
    // The prefix holds no CRLF, so the line ends behind it.
    Ok(Parsed::Complete { header: parse_line(&head[PREFIX.len()..end])?, len: end + 2 })
}

fn incomplete(input: &[u8]) -> Result<Parsed, ProxyError> {
    if input.len() >= LONGEST {
        return Err(ProxyError::too_long());
    }
    // A last CR may be the first half of the end.
    let missing = if input.last() == Some(&b'\r') { 1 } else { 2 };
    Ok(Parsed::Incomplete((input.len() + missing).max(SHORTEST)))
}

/// What stands between `PROXY ` and CRLF. Behind `UNKNOWN` anything may stand, and is ignored.
fn parse_line(line: &[u8]) -> Result<ProxyHeader, ProxyError> {
    if line == b"UNKNOWN" || line.starts_with(b"UNKNOWN ") {
        return Ok(ProxyHeader::unspecified(ProxyVersion::V1));
    }
    let line = str::from_utf8(line).map_err(|_| ProxyError::malformed("not text"))?;
    let (protocol, rest) = line.split_once(' ').unwrap_or((line, ""));
    let addrs = match protocol {
        "TCP4" => addresses::<Ipv4Addr>(rest)?,
        "TCP6" => addresses::<Ipv6Addr>(rest)?,
        _ => return Err(ProxyError::malformed("unknown protocol")),
    };
    Ok(ProxyHeader::between(ProxyVersion::V1, ProxyTransport::Stream, addrs))
}

fn addresses<T: std::str::FromStr + Into<IpAddr>>(text: &str) -> Result<(ProxyAddr, ProxyAddr), ProxyError> {
    let mut fields = text.split(' ');
    let mut field = || fields.next().ok_or(ProxyError::malformed("too few fields"));
    let (source, destination) = (address::<T>(field()?)?, address::<T>(field()?)?);
    let (from, to) = (port(field()?)?, port(field()?)?);
    if fields.next().is_some() {
        return Err(ProxyError::malformed("too many fields"));
    }
    Ok((SocketAddr::new(source, from).into(), SocketAddr::new(destination, to).into()))
}

fn address<T: std::str::FromStr + Into<IpAddr>>(text: &str) -> Result<IpAddr, ProxyError> {
    text.parse::<T>().map(Into::into).map_err(|_| ProxyError::malformed("not an address of its family"))
}

/// Decimal, without sign or leading zeros.
fn port(text: &str) -> Result<u16, ProxyError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let port = text.parse().ok().filter(|_| plain);
    port.ok_or(ProxyError::malformed("not a port"))
}
