//! [`HostPattern`]: hosts as configurations write them.

use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::Host;

/// Which ports a pattern covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Every one, and none.
    Any,
    /// That of the scheme, named or not.
    Usual,
    /// This one; not named if it is that of the scheme.
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

/// A host, or the names below one: `a.example`, `*.a.example`, `127.0.0.1`, `[::1]`, each perhaps with a port: `:8080`, or
/// `:*` for every one.
///
/// Names are compared without regard to case and to the dot of the root, IPv6 addresses by value. What goes for hosts of
/// requests goes for pages as well: [`OriginPattern`](crate::origin::OriginPattern) has a scheme in front.
///
/// ```
/// use hyperserve_core::authority::{Host, HostPattern, Port};
///
/// let pattern = HostPattern::parse("*.a.example", Port::Any)?;
/// let covers = |host| pattern.covers(&Host::parse(host).unwrap(), None);
/// assert!(covers("x.a.example") && covers("x.y.A.EXAMPLE.:8080"));
/// assert!(!covers("a.example") && !covers("xa.example"));
/// # Ok::<(), hyperserve_core::authority::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    name: Name,
    port: Port,
}

impl HostPattern {
    /// Reads a pattern; one that names no port covers `without`.
    ///
    /// # Errors
    ///
    /// [`PatternError`] for what covers no host that a request can name.
    pub fn parse(text: &str, without: Port) -> Result<Self, PatternError> {
        if !text.is_ascii() {
            return Err(PatternError("write the host as browsers send it, in Punycode (xn--…)"));
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
        let port = match (port, host.port()) {
            (Some(_), Some(_)) => return Err(PatternError("one port is enough")),
            (Some(any), None) => any,
            (None, given) => given.map_or(without, Port::Only),
        };
        Ok(Self { name: Name::of(&host, below)?, port })
    }

    /// Whether the pattern covers a host; `usual` is the port of the scheme, if that is known.
    #[must_use]
    pub fn covers(&self, host: &Host<'_>, usual: Option<u16>) -> bool {
        let name = match &self.name {
            Name::Exact(name) => host.name().eq_ignore_ascii_case(name),
            Name::V6(address) => host.v6() == Some(*address),
            Name::Below(parent) => host.is_below(parent),
        };
        name && self.port.covers(host.port(), usual)
    }

    /// Whether it covers one name and one port alone.
    pub(crate) fn is_exact(&self) -> bool {
        !matches!(self.name, Name::Below(_)) && self.port != Port::Any
    }

    /// As a browser writes it in an origin; of use for exact ones alone.
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
    fn of(host: &Host<'_>, below: bool) -> Result<Self, PatternError> {
        let name = || host.name().to_ascii_lowercase().into_boxed_str();
        let address = PatternError("an address has no names below it");
        match (host.v6(), below) {
            (Some(_), true) => Err(address),
            (Some(v6), false) => Ok(Self::V6(v6)),
            (None, true) if host.name().parse::<Ipv4Addr>().is_ok() => Err(address),
            (None, true) => Ok(Self::Below(name())),
            (None, false) => Ok(Self::Exact(name())),
        }
    }
}

/// Why a text is no pattern of hosts or origins: half a sentence that says what to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternError(pub(crate) &'static str);

impl PatternError {
    /// What the error says.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for PatternError {}

fn what_is_wrong(text: &str) -> PatternError {
    PatternError(if text.contains('*') {
        "`*` stands for whole labels at the front, `*.example.com`, or for the port, `example.com:*`"
    } else if text.contains('/') {
        "write the host alone, without a path"
    } else if text.parse::<Ipv6Addr>().is_ok() {
        "an IPv6 address stands in brackets, `[::1]`"
    } else {
        "write a host with an optional port, as `example.com` or `[::1]:8080`"
    })
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
            assert!(error.reason().contains(says), "{text}: {error}");
        }
    }
}
