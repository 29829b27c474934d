//! [`CookieSpec`]: reading the session's cookie, and writing it.

use std::fmt::Write as _;

use http::{HeaderMap, HeaderValue, header};
use hyperserve_core::{ClientIp, RequestContext};

use super::{SecureCookie, SessionConfig};

#[derive(Debug)]
pub(super) struct CookieSpec {
    plain: String,
    prefixed: String,
    secure: SecureCookie,
    strict: bool,
    pub(super) persistent: bool,
}

impl CookieSpec {
    pub(super) fn new(config: &SessionConfig) -> Self {
        Self {
            plain: config.name.clone(),
            prefixed: format!("__Host-{}", config.name),
            secure: config.secure,
            strict: config.strict,
            persistent: config.persistent,
        }
    }

    /// Whether the cookie of this request is for TLS alone.
    pub(super) fn is_secure(&self, headers: &HeaderMap, context: Option<&RequestContext>) -> bool {
        match self.secure {
            SecureCookie::Always => true,
            SecureCookie::Never => false,
            SecureCookie::Auto => context.is_some_and(|context| {
                context.conn().is_secure()
                    || ClientIp::resolve(headers, context.conn(), context.trusted()).is_secure()
            }),
        }
    }

    pub(super) fn name(&self, secure: bool) -> &str {
        if secure { &self.prefixed } else { &self.plain }
    }

    /// The value of the cookie. Of several of one name the first counts: browsers send the one with the longest path first.
    ///
    /// Over TLS only the prefixed name is looked at: the other one can be set by who controls plain HTTP.
    pub(super) fn find<'a>(&self, headers: &'a HeaderMap, secure: bool) -> Option<&'a str> {
        let name = self.name(secure);
        let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(found, value)| (found.trim_ascii() == name).then(|| unquoted(value.trim_ascii())))
    }

    /// `Set-Cookie` with this value, for so many seconds if it is to outlive the browser.
    pub(super) fn set(&self, value: &str, secure: bool, seconds: u64) -> Option<HeaderValue> {
        let mut text = format!("{}={value}", self.name(secure));
        if self.persistent {
            // Writing to a String cannot fail.
            let _ = write!(text, "; Max-Age={seconds}");
        }
        self.finish(text, secure)
    }

    pub(super) fn remove(&self, secure: bool) -> Option<HeaderValue> {
        self.finish(format!("{}=; Max-Age=0", self.name(secure)), secure)
    }

    fn finish(&self, mut text: String, secure: bool) -> Option<HeaderValue> {
        text.push_str(if secure { "; HttpOnly; Secure" } else { "; HttpOnly" });
        text.push_str(if self.strict { "; SameSite=Strict; Path=/" } else { "; SameSite=Lax; Path=/" });
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hyperserve_core::{ConnInfo, TlsInfo};

    use super::*;

    fn headers(cookies: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in cookies {
            headers.append(header::COOKIE, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn the_cookie_is_found_by_its_whole_name() {
        let spec = CookieSpec::new(&SessionConfig::new());
        for (cookies, plain, prefixed) in [
            (&["session=a"][..], Some("a"), None),
            (&["__Host-session=b; session=a"], Some("a"), Some("b")),
            (&["x=1; session=\"a\"; session=c"], Some("a"), None),
            (&["x=1", "session=a=b"], Some("a=b"), None),
            (&["mysession=a; session; sessions=b"], None, None),
            (&[], None, None),
        ] {
            let headers = headers(cookies);
            assert_eq!(spec.find(&headers, false), plain, "{cookies:?}");
            assert_eq!(spec.find(&headers, true), prefixed, "{cookies:?}");
        }
    }

    #[test]
    fn attributes_are_those_of_the_connection() {
        let spec = CookieSpec::new(&SessionConfig::new().with_persistent(true));
        assert_eq!(
            spec.set("v", true, 60).unwrap(),
            "__Host-session=v; Max-Age=60; HttpOnly; Secure; SameSite=Lax; Path=/"
        );
        let spec = CookieSpec::new(&SessionConfig::new().with_strict_site(true));
        assert_eq!(spec.set("v", false, 60).unwrap(), "session=v; HttpOnly; SameSite=Strict; Path=/");
        assert_eq!(spec.remove(false).unwrap(), "session=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/");
        assert!(spec.set("v", false, 0).unwrap().is_sensitive());
        assert!(spec.set("a\nb", false, 0).is_none());
    }

    #[test]
    fn tls_is_what_the_connection_or_a_trusted_proxy_says() {
        let spec = CookieSpec::new(&SessionConfig::new());
        let tls = RequestContext::new(Arc::new(ConnInfo::default().with_tls(TlsInfo::new())));
        let plain = RequestContext::new(Arc::default());
        let mut claimed = HeaderMap::new();
        claimed.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        assert!(spec.is_secure(&HeaderMap::new(), Some(&tls)));
        assert!(!spec.is_secure(&claimed, Some(&plain)), "nobody is trusted");
        assert!(!spec.is_secure(&HeaderMap::new(), None));
        let always = CookieSpec::new(&SessionConfig::new().with_secure(SecureCookie::Always));
        assert!(always.is_secure(&HeaderMap::new(), None));
        let never = CookieSpec::new(&SessionConfig::new().with_secure(SecureCookie::Never));
        assert!(!never.is_secure(&HeaderMap::new(), Some(&tls)));
    }
}
