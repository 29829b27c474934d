//! Origins (RFC 6454) as `Origin` names them, and patterns of them as configurations write them: one rule for CORS, CSRF and
//! WebSockets.
//!
//! ```
//! use hyperserve_core::origin::{Origin, OriginPattern};
//!
//! let pattern: OriginPattern = "https://*.a.example".parse()?;
//! let covers = |origin| Origin::parse(origin).is_some_and(|origin| pattern.covers(&origin));
//! assert!(covers("https://x.a.example") && covers("https://x.y.a.example"));
//! assert!(!covers("https://a.example") && !covers("http://x.a.example") && !covers("null"));
//! # Ok::<(), hyperserve_core::authority::PatternError>(())
//! ```

use std::str::FromStr;

use crate::authority::{self, Host, HostPattern, PatternError, Port};

/// An origin that a request names, taken apart: scheme, host and perhaps a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    scheme: &'a str,
    host: Host<'a>,
}

impl<'a> Origin<'a> {
    /// Takes an origin apart. `None` for `null`, for one with anything behind its host and port, and for one whose host ends
    /// with the dot of the root: to a browser that is another origin.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let host = Host::parse(authority)?;
        let is_rooted = authority.as_bytes().get(host.name().len()) == Some(&b'.');
        (is_scheme(scheme) && !is_rooted).then_some(Self { scheme, host })
    }
}

/// Origins that a configuration names.
///
/// | written | covers |
/// |---|---|
/// | `https://a.example` | this scheme and host at the scheme's port, named or not |
/// | `https://a.example:8443` | the same at this port alone |
/// | `https://*.a.example` | names below it at any depth; not itself |
/// | `http://localhost:*` | every port, and none |
///
/// Scheme and host have no case, IPv6 addresses have all their spellings. `null` is no pattern, as it is the origin of every
/// sandboxed frame of every site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPattern {
    /// In small letters.
    scheme: Box<str>,
    host: HostPattern,
}

impl OriginPattern {
    /// Whether the pattern covers an origin.
    #[must_use]
    pub fn covers(&self, origin: &Origin<'_>) -> bool {
        self.scheme.eq_ignore_ascii_case(origin.scheme)
            && self.host.covers(&origin.host, usual_port(&self.scheme))
    }

    /// The origin as browsers write it, if the pattern covers one alone: in small letters, without the scheme's port, an
    /// IPv6 address in its shortest form.
    #[must_use]
    pub fn only(&self) -> Option<String> {
        let text = || format!("{}://{}", self.scheme, self.host.text(usual_port(&self.scheme)));
        self.host.is_exact().then(text)
    }
}

/// As in the [table](OriginPattern). The error says what to write.
impl FromStr for OriginPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let Some((scheme, authority)) = text.split_once("://") else {
            return Err(PatternError("an origin begins with its scheme, as `https://app.example`"));
        };
        if !is_scheme(scheme) {
            return Err(PatternError("the scheme is a word such as `https`"));
        }
        if authority.ends_with('/') {
            return Err(PatternError("an origin ends with its host or port: leave the slash out"));
        }
        let host = HostPattern::parse(authority, Port::Usual)?;
        Ok(Self { scheme: scheme.to_ascii_lowercase().into(), host })
    }
}

/// Whether a page of `origin` is one of `host` itself: host and port are the same, in any case, a port of the scheme named or not.
///
/// A page of plain HTTP is not one of a host that was asked over HTTPS (`secure`). Where TLS ends at a proxy that is not
/// trusted, nobody can tell which the client used, and a page of HTTPS is taken to be one of this host.
///
/// ```
/// use hyperserve_core::origin::is_own;
///
/// assert!(is_own("https://a.example", "A.example:443", true) && is_own("https://a.example", "a.example", false));
/// assert!(!is_own("http://a.example", "a.example", true) && !is_own("https://a.example:8443", "a.example", true));
/// ```
#[must_use]
pub fn is_own(origin: &str, host: &str, secure: bool) -> bool {
    let Some((scheme, place)) = origin.split_once("://") else { return false };
    let default = match scheme {
        "https" => "443",
        "http" if !secure => "80",
        _ => return false,
    };
    let (place, host) = (place.as_bytes(), host.as_bytes());
    authority::is_valid(place)
        && authority::is_valid(host)
        && authority::is_same(place, host, default.as_bytes())
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> OriginPattern {
        text.parse().unwrap()
    }

    fn covers(text: &str, origin: &str) -> bool {
        Origin::parse(origin).is_some_and(|origin| pattern(text).covers(&origin))
    }

    #[test]
    fn one_origin_has_a_scheme_a_host_and_a_port() {
        for origin in ["https://a.example", "https://a.example:443", "HTTPS://A.Example"] {
            assert!(
                covers("https://a.example", origin) && covers("https://A.example:443", origin),
                "{origin}"
            );
        }
        assert!(covers("http://[0::1]:3000", "http://[::1]:3000"));
        assert!(covers("tauri://localhost", "tauri://localhost"));
        for other in [
            "http://a.example",
            "https://a.example:444",
            "https://a.example.",
            "https://a.example/",
            "https://u@a.example",
            "https://",
            "://a.example",
            "a.example",
            "null",
            "",
        ] {
            assert!(!covers("https://a.example", other), "{other}");
        }
    }

    #[test]
    fn many_origins_have_a_star() {
        for origin in ["https://x.a.example", "https://x.y.a.example:443"] {
            assert!(covers("https://*.a.example", origin), "{origin}");
        }
        for other in
            ["https://a.example", "https://evil-a.example", "https://x.a.example:8443", "http://x.a.example"]
        {
            assert!(!covers("https://*.a.example", other), "{other}");
        }
        assert!(
            covers("http://localhost:*", "http://localhost")
                && covers("http://localhost:*", "http://localhost:5173")
        );
        assert!(!covers("http://localhost:*", "http://localhost:5173.evil.example"));
        assert!(covers("https://*.a.example:8443", "https://x.a.example:8443"));
    }

    #[test]
    fn a_pattern_of_one_origin_is_written_as_browsers_do() {
        assert_eq!(pattern("HTTPS://A.Example:443").only().as_deref(), Some("https://a.example"));
        assert_eq!(pattern("http://[0::1]:3000").only().as_deref(), Some("http://[::1]:3000"));
        assert_eq!(pattern("https://*.a.example").only(), None);
        assert_eq!(pattern("http://localhost:*").only(), None);
    }

    #[test]
    fn a_page_of_the_host_itself() {
        for (origin, host, secure) in [
            ("https://a.example", "a.example", true),
            ("https://a.example", "A.Example:443", true),
            ("https://a.example:443", "a.example", false),
            ("http://[::1]:8080", "[::1]:8080", false),
        ] {
            assert!(is_own(origin, host, secure), "{origin} at {host}");
        }
        for (origin, host, secure) in [
            ("http://a.example", "a.example", true),
            ("https://a.example.", "a.example", true),
            ("https://a.example/", "a.example", true),
            ("https://u@a.example", "u@a.example", true),
            ("https://a:x", "a:x", true),
            ("file://", "", false),
            ("null", "null", false),
            ("", "", false),
        ] {
            assert!(!is_own(origin, host, secure), "{origin} at {host}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_an_error() {
        for (text, says) in [
            ("null", "scheme"),
            ("a.example", "scheme"),
            ("1://a", "scheme"),
            ("https://a.example/", "slash"),
            ("https://a.example/app", "path"),
            ("https://", "host"),
            ("https://*", "whole labels"),
            ("https://*:8080", "whole labels"),
            ("*", "scheme"),
            ("https://é.example", "Punycode"),
        ] {
            let error = text.parse::<OriginPattern>().unwrap_err();
            assert!(error.reason().contains(says), "{text}: {error}");
        }
    }
}
