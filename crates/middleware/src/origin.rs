//! Origins (RFC 6454) as `Origin` names them, and sets of them as configurations do.

use crate::host::{Host, HostPattern, Port};

/// A set of origins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// As browsers write them, so that most requests need one comparison.
    exact: Vec<Box<str>>,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    scheme: Box<str>,
    host: HostPattern,
}

impl Origins {
    /// Adds `https://a.example`, `https://*.a.example`, `http://localhost:*` or `null`. The error says what to write.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), &'static str> {
        if text == "null" {
            self.exact.push(text.into());
            return Ok(());
        }
        let pattern = Pattern::parse(text)?;
        if pattern.host.is_exact() {
            self.exact.push(pattern.text().into());
        } else {
            self.patterns.push(pattern);
        }
        Ok(())
    }

    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        self.exact.iter().any(|exact| exact.as_bytes() == value)
            || (!self.patterns.is_empty() && self.has_pattern_for(value))
    }

    fn has_pattern_for(&self, value: &[u8]) -> bool {
        let parts = str::from_utf8(value).ok().and_then(|value| value.split_once("://"));
        let Some((scheme, authority)) = parts else { return false };
        // To a browser a name with the root's dot is another origin.
        let Some(host) = Host::parse(authority).filter(|host| !is_rooted(authority, host)) else {
            return false;
        };
        let usual = usual_port(scheme);
        self.patterns.iter().any(|pattern| *pattern.scheme == *scheme && pattern.host.covers(&host, usual))
    }

    #[cfg(feature = "cors")]
    pub(crate) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.patterns.is_empty()
    }
}

fn is_rooted(authority: &str, host: &Host<'_>) -> bool {
    authority.as_bytes().get(host.name().len()) == Some(&b'.')
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let Some((scheme, authority)) = text.split_once("://") else {
            return Err("an origin begins with its scheme, as `https://app.example`");
        };
        if !is_scheme(scheme) {
            return Err("the scheme is a word such as `https`");
        }
        if authority.strip_suffix('/').is_some() {
            return Err("an origin ends with its host or port: leave the slash out");
        }
        let host = HostPattern::parse(authority, Port::Usual)?;
        Ok(Self { scheme: scheme.to_ascii_lowercase().into(), host })
    }

    fn text(&self) -> String {
        format!("{}://{}", self.scheme, self.host.text(usual_port(&self.scheme)))
    }
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

    fn has(pattern: &str, value: &str) -> bool {
        let mut origins = Origins::default();
        origins.add(pattern).unwrap();
        origins.contains(value.as_bytes())
    }

    #[test]
    fn an_exact_origin_is_written_as_browsers_do() {
        assert!(has("https://a.example", "https://a.example"));
        assert!(has("HTTPS://A.Example:443", "https://a.example"));
        assert!(has("http://[0::1]:3000", "http://[::1]:3000"));
        assert!(has("tauri://localhost", "tauri://localhost") && has("null", "null"));
        for other in [
            "http://a.example",
            "https://a.example:444",
            "https://a.example.",
            "https://a.example/",
            "null",
            "",
        ] {
            assert!(!has("https://a.example", other), "{other}");
        }
    }

    #[test]
    fn patterns_of_hosts_and_ports() {
        for origin in ["https://x.a.example", "https://x.y.a.example"] {
            assert!(has("https://*.a.example", origin), "{origin}");
        }
        for other in [
            "https://a.example",
            "https://evil-a.example",
            "https://x.a.example:8443",
            "http://x.a.example",
            "https://x.a.example.",
            "https://evil.example/.a.example",
            "https://evil.example#.a.example",
            "https://u@x.a.example",
            "null",
        ] {
            assert!(!has("https://*.a.example", other), "{other}");
        }
        for origin in ["http://localhost", "http://localhost:80", "http://localhost:5173"] {
            assert!(has("http://localhost:*", origin), "{origin}");
        }
        assert!(!has("http://localhost:*", "https://localhost:5173"));
        assert!(!has("http://localhost:*", "http://localhost:5173.evil.example"));
        assert!(has("https://*.a.example:8443", "https://x.a.example:8443"));
    }

    #[test]
    fn what_no_browser_sends_is_an_error() {
        for (text, says) in [
            ("a.example", "scheme"),
            ("1://a", "scheme"),
            ("https://a.example/", "slash"),
            ("https://a.example/app", "path"),
            ("https://", "host"),
            ("https://*", "whole labels"),
            ("*", "scheme"),
            ("https://é.example", "Punycode"),
        ] {
            let error = Origins::default().add(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
