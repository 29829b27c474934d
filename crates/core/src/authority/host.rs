//! [`Host`]: an authority taken apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host with an optional port, as a request names it.
///
/// ```
/// use hyperserve_core::authority::Host;
///
/// let host = Host::parse("a.example.:8080").unwrap();
/// assert_eq!((host.name(), host.port()), ("a.example", Some(8080)));
/// assert!(Host::parse("[::1]").unwrap().is_loopback());
/// assert!(Host::parse("user@a.example").is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host<'a> {
    /// Without the dot of the root at its end: `a.example.` is `a.example` (RFC 1034 §3.1).
    name: &'a str,
    /// What brackets hold: it can be written in many ways.
    v6: Option<Ipv6Addr>,
    port: Option<u16>,
}

impl<'a> Host<'a> {
    /// Takes an authority apart. `None` for one that is not [valid](super::is_valid), and for the root alone.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let host = super::host(text)?;
        let port = text.get(host.len()..)?.trim_start_matches(':');
        let name = host.strip_suffix('.').unwrap_or(host);
        let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
        (!name.is_empty()).then_some(Self { name, v6: in_brackets(name), port })
    }

    /// The name as it was written, without its port and without the dot of the root; an IPv6 address with its brackets.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The port, if it has one that is not empty.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// What brackets hold.
    pub(super) const fn v6(&self) -> Option<Ipv6Addr> {
        self.v6
    }

    /// Whether it can only mean this machine: `localhost` and names below it (RFC 6761 §6.3), 127.0.0.0/8, `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let v4 = || self.name.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
        match self.v6.map(IpAddr::V6).or_else(v4) {
            Some(ip) => ip.to_canonical().is_loopback(),
            None => self.name.eq_ignore_ascii_case("localhost") || self.is_below("localhost"),
        }
    }

    /// Whether the name is at least one label longer than `parent`.
    pub(super) fn is_below(&self, parent: &str) -> bool {
        let Some(at) = self.name.len().checked_sub(parent.len()).filter(|at| *at > 1) else { return false };
        let (Some(labels), Some(end)) = (self.name.get(..at), self.name.get(at..)) else { return false };
        labels.ends_with('.') && end.eq_ignore_ascii_case(parent)
    }
}

fn in_brackets(name: &str) -> Option<Ipv6Addr> {
    name.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_a_name_and_a_port() {
        for (text, name, port) in [
            ("a.example", "a.example", None),
            ("A.example.:80", "A.example", Some(80)),
            ("a:", "a", None),
            ("[0::1]:65535", "[0::1]", Some(65_535)),
        ] {
            let host = Host::parse(text).unwrap();
            assert_eq!((host.name(), host.port()), (name, port), "{text}");
        }
        for text in ["", ".", ":80", "u@a.example", "a.example:99999", "a/b", "a b"] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }

    #[test]
    fn loopback_names() {
        let is = |host| Host::parse(host).unwrap().is_loopback();
        for host in [
            "localhost",
            "LOCALHOST.:80",
            "x.localhost",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is(host), "{host}");
        }
        for host in
            ["notlocalhost", "localhost.evil.example", "10.0.0.1", "127.0.0.1.nip.io", "[::2]", "127.1"]
        {
            assert!(!is(host), "{host}");
        }
    }
}
