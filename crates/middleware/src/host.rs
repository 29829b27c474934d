//! Hosts as requests name them, and patterns of hosts as configurations do.

#![cfg_attr(
    not(all(
        feature = "cors",
        feature = "csrf",
        feature = "https-redirect",
        feature = "security-headers",
        feature = "trusted-hosts"
    )),
    allow(dead_code, reason = "each layer needs a part of it")
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyperserve_core::authority;

/// A host of a request, taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host<'a> {
    /// Without the dot of the root at its end: `a.example.` is `a.example` (RFC 1034 §3.1).
    name: &'a str,
    /// What brackets hold: it can be written in many ways.
    v6: Option<Ipv6Addr>,
    port: Option<u16>,
}

impl<'a> Host<'a> {
    /// `None` for what is no host with an optional port.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let host = authority::host(text)?;
        let port = text.get(host.len()..)?.trim_start_matches(':');
        let name = host.strip_suffix('.').unwrap_or(host);
        let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
        (!name.is_empty()).then_some(Self { name, v6: in_brackets(name), port })
    }

    /// The name, without its port.
    pub(crate) const fn name(&self) -> &'a str {
        self.name
    }

    /// Whether it can only mean this machine: `localhost` and names below it (RFC 6761 §6.3), 127.0.0.0/8, `[::1]`.
    pub(crate) fn is_loopback(&self) -> bool {
        let v4 = || self.name.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
        match self.v6.map(IpAddr::V6).or_else(v4) {
            Some(ip) => ip.to_canonical().is_loopback(),
            None => self.name.eq_ignore_ascii_case("localhost") || is_below(self.name, "localhost"),
        }
    }
}

fn in_brackets(name: &str) -> Option<Ipv6Addr> {
    name.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Whether `name` is at least one label longer than `parent`.
fn is_below(name: &str, parent: &str) -> bool {
    let Some(at) = name.len().checked_sub(parent.len()).filter(|at| *at > 1) else { return false };
    let (Some(labels), Some(end)) = (name.get(..at), name.get(at..)) else { return false };
    labels.ends_with('.') && end.eq_ignore_ascii_case(parent)
}

/// Which ports a pattern covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Any,
    /// That of the scheme.
    Usual,
    Only(u16),
}

impl Port {
    fn covers(self, port: Option<u16>, usual: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::Usual => port.is_none() || port == usual,
            Self::Only(only) => port.or(usual) == Some(only),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Exact(Box<str>),
    V6(Ipv6Addr),
    /// The names below this one, at any depth; not itself.
    Below(Box<str>),
}

/// `a.example`, `*.a.example`, `127.0.0.1`, `[::1]`, each perhaps with a port: `:8080`, or `:*` for every one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPattern {
    name: Name,
    port: Port,
}

impl HostPattern {
    /// Reads a pattern; one without a port covers `without`. The error says what to write.
    pub(crate) fn parse(text: &str, without: Port) -> Result<Self, &'static str> {
        if !text.is_ascii() {
            return Err("write the host as browsers send it, in Punycode (xn--…)");
        }
        let (text, port) = match text.strip_suffix(":*") {
            Some(host) => (host, Some(Port::Any)),
            None => (text, None),
        };
        let (rest, below) = match text.strip_prefix("*.") {
            Some(parent) => (parent, true),
            None => (text, false),
        };
        let host = Host::parse(rest).ok_or_else(|| what_is_wrong(rest))?;
        let port = match (port, host.port) {
            (Some(_), Some(_)) => return Err("one port is enough"),
            (Some(any), None) => any,
            (None, given) => given.map_or(without, Port::Only),
        };
        Ok(Self { name: Name::of(&host, below)?, port })
    }

    /// Whether the pattern covers a host; `usual` is the port of the scheme, if that is known.
    pub(crate) fn covers(&self, host: &Host<'_>, usual: Option<u16>) -> bool {
        let name = match &self.name {
            Name::Exact(name) => host.name.eq_ignore_ascii_case(name),
            Name::V6(address) => host.v6 == Some(*address),
            Name::Below(parent) => is_below(host.name, parent),
        };
        name && self.port.covers(host.port, usual)
    }

    /// Whether it covers one name and one port alone.
    #[cfg(any(feature = "cors", feature = "csrf"))]
    pub(crate) fn is_exact(&self) -> bool {
        !matches!(self.name, Name::Below(_)) && self.port != Port::Any
    }

    /// As a browser writes it in an origin; of use for exact ones alone.
    #[cfg(any(feature = "cors", feature = "csrf"))]
    pub(crate) fn text(&self, usual: Option<u16>) -> String {
        let name = match &self.name {
            Name::Exact(name) | Name::Below(name) => name.to_string(),
            Name::V6(address) => format!("[{address}]"),
        };
        match self.port {
            Port::Only(port) if Some(port) != usual => format!("{name}:{port}"),
            Port::Only(_) | Port::Usual | Port::Any => name,
        }
    }
}

impl Name {
    fn of(host: &Host<'_>, below: bool) -> Result<Self, &'static str> {
        let name = || host.name.to_ascii_lowercase().into_boxed_str();
        match (host.v6, below) {
            (Some(_), true) => Err("an address has no names below it"),
            (Some(address), false) => Ok(Self::V6(address)),
            (None, true) if host.name.parse::<Ipv4Addr>().is_ok() => Err("an address has no names below it"),
            (None, true) => Ok(Self::Below(name())),
            (None, false) => Ok(Self::Exact(name())),
        }
    }
}

fn what_is_wrong(text: &str) -> &'static str {
    if text.contains('*') {
        "`*` stands for whole labels at the front, `*.example.com`, or for the port, `example.com:*`"
    } else if text.contains('/') {
        "write the host alone, without a path"
    } else if text.parse::<Ipv6Addr>().is_ok() {
        "an IPv6 address stands in brackets, `[::1]`"
    } else {
        "write a host with an optional port, as `example.com` or `[::1]:8080`"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, host: &str) -> bool {
        let pattern = HostPattern::parse(pattern, Port::Any).unwrap();
        Host::parse(host).is_some_and(|host| pattern.covers(&host, Some(80)))
    }

    #[test]
    fn a_name_is_one_name_in_any_case_with_or_without_the_root() {
        for host in ["a.example", "A.Example", "a.example.", "a.example:80", "a.example.:9"] {
            assert!(covers("a.example", host) && covers("A.EXAMPLE.", host), "{host}");
        }
        for host in [
            "b.example",
            "xa.example",
            "a.example.x",
            "a.example..",
            "",
            ".",
            "u@a.example",
            "a.example:99999",
        ] {
            assert!(!covers("a.example", host), "{host}");
        }
    }

    #[test]
    fn a_star_is_whole_labels() {
        for host in ["x.a.example", "x.y.a.example:1", "X.A.example."] {
            assert!(covers("*.a.example", host), "{host}");
        }
        for host in ["a.example", ".a.example", "xa.example", "x.a.example.evil", "a.example.x"] {
            assert!(!covers("*.a.example", host), "{host}");
        }
    }

    #[test]
    fn ports_are_any_or_one() {
        assert!(covers("a:8080", "a:8080") && covers("a:80", "a") && covers("a:*", "a:7"));
        assert!(!covers("a:8080", "a") && !covers("a:8080", "a:80"));
        let usual = HostPattern::parse("a", Port::Usual).unwrap();
        let with = |host| usual.covers(&Host::parse(host).unwrap(), Some(443));
        assert!(with("a") && with("a:443") && with("a:") && !with("a:80"));
    }

    #[test]
    fn an_ipv6_address_has_many_spellings() {
        for host in ["[::1]", "[0:0:0:0:0:0:0:1]:80", "[0::1]:"] {
            assert!(covers("[::1]", host) && covers("[::0001]", host), "{host}");
        }
        assert!(!covers("[::1]", "[::2]"));
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

    #[test]
    fn a_pattern_that_covers_nothing_is_an_error() {
        for (text, says) in [
            ("", "with an optional port"),
            ("*", "whole labels"),
            ("a*.example", "whole labels"),
            ("*.*.example", "whole labels"),
            ("https://a", "without a path"),
            ("a/b", "without a path"),
            ("::1", "brackets"),
            ("*.[::1]", "no names below"),
            ("*.127.0.0.1", "no names below"),
            ("bücher.example", "Punycode"),
            ("a:80:*", "one port"),
            ("a:x", "with an optional port"),
        ] {
            let error = HostPattern::parse(text, Port::Any).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
