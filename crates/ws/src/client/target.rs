//! [`Target`]: the address of a WebSocket, taken apart (RFC 6455 §3).

use super::ConnectError;
use http::Uri;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) is_secure: bool,
    /// As it stands in the address: IPv6 in brackets.
    host: String,
    pub(super) port: u16,
    /// Path and query.
    pub(super) path: String,
}

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self, ConnectError> {
        if !url.is_ascii() {
            return Err(ConnectError::Url(
                "it has characters that are to be percent-encoded, or a name for punycode",
            ));
        }
        if url.contains('#') {
            return Err(ConnectError::Url("it has a fragment (`#`)"));
        }
        let uri = Uri::try_from(url).map_err(|_| ConnectError::Url("it is malformed"))?;
        let is_secure = match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("ws" | "http") => false,
            Some("wss" | "https") => true,
            _ => return Err(ConnectError::Url("it does not begin with `ws://` or `wss://`")),
        };
        if is_secure && cfg!(not(feature = "client-tls")) {
            return Err(ConnectError::Url("`wss` takes the feature `client-tls`"));
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err(ConnectError::Url("it has a user's name (`@`): send an `Authorization` header"));
        }
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        if host.is_empty() {
            return Err(ConnectError::Url("it names no host"));
        }
        let port = match authority[host.len()..].strip_prefix(':') {
            None | Some("") => default_port(is_secure),
            Some(port) => {
                port.parse().map_err(|_| ConnectError::Url("its port is not a number up to 65535"))?
            }
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { is_secure, host, port, path })
    }

    /// What the system's resolver takes: IPv6 without brackets.
    pub(super) fn name(&self) -> &str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host)
    }

    /// The `Host` field: the port only where it is not the scheme's own (RFC 6455 §4.1).
    pub(super) fn authority(&self) -> String {
        if self.port == default_port(self.is_secure) {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The address as HTTP/2 asks for it: the schemes of HTTP stand for those of WebSocket (RFC 8441 §5).
    pub(super) fn http_url(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority(), self.path)
    }
}

const fn default_port(is_secure: bool) -> u16 {
    if is_secure { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (url, name, port, authority, path) in [
            ("ws://a.example", "a.example", 80, "a.example", "/"),
            ("WS://A.example:/x?y=/z", "a.example", 80, "a.example", "/x?y=/z"),
            ("http://a.example:80/", "a.example", 80, "a.example", "/"),
            ("ws://a.example:443?q", "a.example", 443, "a.example:443", "/?q"),
            ("ws://[::1]:8080/chat", "::1", 8080, "[::1]:8080", "/chat"),
            ("ws://127.0.0.1:65535/%20", "127.0.0.1", 65535, "127.0.0.1:65535", "/%20"),
        ] {
            let target = Target::parse(url).unwrap();
            let seen = (target.name(), target.port, target.authority(), target.path.as_str());
            assert_eq!(seen, (name, port, authority.to_owned(), path), "{url}");
            assert_eq!(target.http_url(), format!("http://{authority}{path}"));
        }
    }

    #[cfg(feature = "client-tls")]
    #[test]
    fn secure_addresses_have_another_port() {
        for url in ["wss://a.example", "https://a.example:443"] {
            let target = Target::parse(url).unwrap();
            assert!(target.is_secure);
            assert_eq!((target.port, target.http_url().as_str()), (443, "https://a.example/"));
        }
        assert_eq!(Target::parse("wss://a.example:80").unwrap().authority(), "a.example:80");
    }

    #[cfg(not(feature = "client-tls"))]
    #[test]
    fn secure_addresses_take_a_feature() {
        assert!(
            matches!(Target::parse("wss://a.example"), Err(ConnectError::Url(what)) if what.contains("client-tls"))
        );
    }

    #[test]
    fn what_cannot_be_connected_to_is_refused() {
        for url in [
            "",
            "a.example",
            "/path",
            "ws:",
            "ws://",
            "ws:///path",
            "ftp://a.example",
            "ws://a.example/#part",
            "ws://ada@a.example",
            "ws://ada:secret@a.example/",
            "ws://a.example:65536",
            "ws://a.example:http",
            "ws://:80",
            "ws://a.example/é",
            "ws://bücher.example",
            "ws://a b/",
            "ws://[::1",
        ] {
            assert!(matches!(Target::parse(url), Err(ConnectError::Url(_))), "{url}");
        }
    }
}
