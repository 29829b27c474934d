//! Sets of origins, asked for nearly every request.

use hyperserve_core::authority::PatternError;
use hyperserve_core::origin::{Origin, OriginPattern};

/// A set of origins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// As browsers write them, so that most requests need one comparison.
    exact: Vec<Box<str>>,
    patterns: Vec<OriginPattern>,
}

impl Origins {
    /// Adds what an [`OriginPattern`] can be, or `null`. The error says what to write.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), &'static str> {
        if text == "null" {
            self.exact.push(text.into());
            return Ok(());
        }
        let pattern: OriginPattern = text.parse().map_err(PatternError::reason)?;
        match pattern.only() {
            Some(origin) => self.exact.push(origin.into()),
            None => self.patterns.push(pattern),
        }
        Ok(())
    }

    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        self.exact.iter().any(|exact| exact.as_bytes() == value)
            || (!self.patterns.is_empty() && self.has_pattern_for(value))
    }

    fn has_pattern_for(&self, value: &[u8]) -> bool {
        let origin = str::from_utf8(value).ok().and_then(Origin::parse);
        origin.is_some_and(|origin| self.patterns.iter().any(|pattern| pattern.covers(&origin)))
    }

    #[cfg(feature = "cors")]
    pub(crate) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.patterns.is_empty()
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
