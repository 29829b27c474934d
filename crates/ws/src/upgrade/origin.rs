//! Whether the page that wants to connect may.
//!
//! A WebSocket is not bound by the same-origin policy, and the browser sends its cookies along: a server that does not look
//! at `Origin` lets every page act for its visitors (RFC 6455 §10.2).

use crate::Origins;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use hyperserve_core::origin::{self, OriginPattern};
use hyperserve_core::{ClientIp, ConnInfo, RequestContext, TrustedProxies};

/// The origin, and the place it has to be the same as.
#[derive(Debug)]
pub(super) struct Origin {
    /// `None` when there is no such field, as from clients that are no browsers.
    value: Option<String>,
    host: String,
    secure: bool,
}

impl Origin {
    pub(super) fn of(parts: &Parts) -> Self {
        let client = match RequestContext::of(&parts.extensions) {
            Some(context) => ClientIp::resolve(&parts.headers, context.conn(), context.trusted()),
            None => ClientIp::resolve(&parts.headers, &ConnInfo::default(), &TrustedProxies::default()),
        };
        let own = || {
            let authority = parts.uri.authority().map(|authority| authority.as_str());
            authority.or_else(|| parts.headers.get(HOST)?.to_str().ok())
        };
        Self {
            value: value(parts),
            host: client.host().or_else(own).unwrap_or_default().to_owned(),
            secure: client.is_secure(),
        }
    }

    pub(super) fn is_allowed(&self, origins: &Origins) -> bool {
        let Some(value) = &self.value else { return true };
        match origins {
            Origins::Any => true,
            Origins::List(patterns) => is_listed(patterns, value),
            _ => origin::is_own(value, &self.host, self.secure),
        }
    }
}

/// Two of them are as good as a wrong one.
fn value(parts: &Parts) -> Option<String> {
    let mut values = parts.headers.get_all(ORIGIN).iter();
    let first = values.next()?;
    let only = values.next().is_none();
    Some(first.to_str().ok().filter(|_| only).unwrap_or("null").to_owned())
}

/// Read anew each time: upgrades are few, and a list is a plain value that anyone can make. What is no pattern covers nothing.
fn is_listed(patterns: &[String], value: &str) -> bool {
    let Some(origin) = origin::Origin::parse(value) else { return false };
    let covers = |pattern: OriginPattern| pattern.covers(&origin);
    patterns.iter().any(|pattern| pattern.parse().is_ok_and(covers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(value: &str, host: &str, secure: bool) -> Origin {
        Origin { value: Some(value.to_owned()), host: host.to_owned(), secure }
    }

    #[test]
    fn pages_of_the_same_host_may() {
        for (value, host, secure) in [
            ("https://app.example", "app.example", true),
            ("https://app.example", "App.Example:443", true),
            ("https://app.example", "app.example", false),
            ("http://localhost:8080", "localhost:8080", false),
            ("http://[::1]:8080", "[::1]:8080", false),
        ] {
            assert!(origin(value, host, secure).is_allowed(&Origins::SameOrigin), "{value} at {host}");
        }
    }

    #[test]
    fn other_pages_may_not() {
        for (value, host, secure) in [
            ("https://evil.example", "app.example", true),
            ("http://app.example", "app.example", true),
            ("https://app.example:8443", "app.example", true),
            ("https://app.example.evil.example", "app.example", true),
            ("https://app.example/", "app.example", true),
            ("https://x@app.example", "app.example", true),
            ("null", "app.example", true),
            ("", "", false),
            ("file://", "", false),
        ] {
            assert!(!origin(value, host, secure).is_allowed(&Origins::SameOrigin), "{value} at {host}");
            assert!(origin(value, host, secure).is_allowed(&Origins::Any));
        }
    }

    #[test]
    fn lists_name_origins_and_all_names_below_one() {
        let list =
            Origins::List(vec!["https://*.app.example".to_owned(), "http://localhost:3000".to_owned()]);
        for good in ["https://a.app.example", "https://a.b.app.example:443", "http://localhost:3000"] {
            assert!(origin(good, "", false).is_allowed(&list), "{good}");
        }
        for bad in [
            "https://app.example",
            "http://a.app.example",
            "https://aapp.example",
            "https://.app.example",
            "http://localhost",
        ] {
            assert!(!origin(bad, "", false).is_allowed(&list), "{bad}");
        }
        let silent = Origin { value: None, host: String::new(), secure: false };
        assert!(silent.is_allowed(&list));
    }
    #[test]
    fn a_list_is_read_as_that_of_cors_is() {
        let list = |pattern: &str| Origins::List(vec![pattern.to_owned()]);
        assert!(origin("http://localhost:5173", "", false).is_allowed(&list("http://localhost:*")));
        assert!(origin("http://[::1]:3000", "", false).is_allowed(&list("http://[0::1]:3000")));
        assert!(origin("https://app.example", "", false).is_allowed(&list("HTTPS://App.Example:443")));
        for (value, pattern) in [
            ("null", "null"),
            ("https://app.example", "app.example"),
            ("https://app.example.", "https://app.example"),
        ] {
            assert!(!origin(value, "", false).is_allowed(&list(pattern)), "{value} {pattern}");
        }
    }
}
