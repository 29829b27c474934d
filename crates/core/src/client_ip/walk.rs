//! The walk over forwarded hops, right to left, for as long as the hop stood on is trusted.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName, header};

use super::forwarded::{Element, Elements};
use super::{ClientIp, TrustedProxies};
use crate::authority;

/// More proxies than this stand in front of nobody.
const MOST_HOPS: usize = 32;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Walks from a trusted end of the connection.
pub(super) fn walk(here: ClientIp, headers: &HeaderMap, trusted: &TrustedProxies) -> ClientIp {
    if headers.contains_key(header::FORWARDED) {
        by_forwarded(here, headers, trusted)
    } else {
        by_x_forwarded(here, headers, trusted)
    }
}

/// Every element read was written by a trusted hop, so its scheme and host count; the leftmost ones, which tell
/// of the client's own request, win.
fn by_forwarded(mut client: ClientIp, headers: &HeaderMap, trusted: &TrustedProxies) -> ClientIp {
    let values = headers.get_all(header::FORWARDED).iter().rev();
    let elements = values.flat_map(|value| Elements::new(value.as_bytes())).filter(|one| !one.is_empty());
    let mut host = None;
    for element in elements.take(MOST_HOPS) {
        let Some(element) = Element::parse(element) else { break };
        client.secure = element.proto.as_deref().and_then(secure).unwrap_or(client.secure);
        host = element.host.filter(|host| authority::is_valid(host.as_bytes())).or(host);
        let Some(ip) = element.ip else { break };
        client.ip = Some(ip);
        if !trusted.contains(ip) {
            break;
        }
    }
    client.host = host.map(Cow::into_owned).map(String::into_boxed_str);
    client
}

fn by_x_forwarded(mut client: ClientIp, headers: &HeaderMap, trusted: &TrustedProxies) -> ClientIp {
    let mut hops = 0;
    for entry in entries(headers, &X_FORWARDED_FOR).take(MOST_HOPS) {
        let Some(ip) = parse_entry(entry) else { break };
        client.ip = Some(ip);
        hops += 1;
        if !trusted.contains(ip) {
            break;
        }
    }
    let proto = beside(headers, &X_FORWARDED_PROTO, hops);
    client.secure = proto.and_then(secure).unwrap_or(client.secure);
    client.host = beside(headers, &X_FORWARDED_HOST, hops)
        .filter(|host| authority::is_valid(host.as_bytes()))
        .map(Into::into);
    client
}

/// The entries of a list header, last first. One that is not text becomes one that nothing parses; its
/// neighbours are not touched, or else a client could hide behind a byte what a proxy appends.
fn entries<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
    let values = headers.get_all(name).iter().rev();
    let split = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    let entries = split.map(<[u8]>::trim_ascii).filter(|entry| !entry.is_empty());
    entries.map(|entry| str::from_utf8(entry).unwrap_or("\u{fffd}"))
}

/// What a list beside `X-Forwarded-For` says about the client's own request.
///
/// When it is as long as that list, each proxy appended to both, and the entry beside the last hop walked is
/// meant. Otherwise it is the rightmost, which the proxy nearest to us wrote or let pass.
fn beside<'a>(headers: &'a HeaderMap, name: &HeaderName, hops: usize) -> Option<&'a str> {
    let mut list = entries(headers, name);
    let last = list.next()?;
    if hops < 2 {
        return Some(last);
    }
    let parallel = 1 + list.count() == entries(headers, &X_FORWARDED_FOR).count();
    if parallel { entries(headers, name).nth(hops - 1) } else { Some(last) }
}

/// An address as proxies write it: bare, or with a port, which IPv6 needs brackets for.
fn parse_entry(entry: &str) -> Option<IpAddr> {
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|addr| addr.ip());
    entry.parse().ok().or_else(bracketed).or_else(with_port).map(|ip: IpAddr| ip.to_canonical())
}

/// Whether a scheme is one of the secure ones; `None` if it is none that a web client uses.
fn secure(scheme: &str) -> Option<bool> {
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    let secure = is("https") || is("wss");
    (secure || is("http") || is("ws")).then_some(secure)
}
