//! What may stand in `Host`, `:authority` and the host that a proxy forwards: one rule for all of them.
//!
//! RFC 3986 §3.2 allows more than any host in use has. User information, percent signs and sub-delimiters are known ways
//! to make two readers see two hosts, and are refused.
//!
//! ```
//! use hyperserve_core::authority;
//!
//! assert!(authority::is_valid(b"example.com:8080"));
//! assert!(authority::is_valid(b"[2001:db8::1]"));
//! assert!(!authority::is_valid(b"user@example.com"));
//! assert!(authority::is_same(b"Example.com", b"example.com:443", b"443"));
//! ```

mod host;
mod pattern;

pub use self::host::Host;
pub use self::pattern::{HostPattern, PatternError, Port};

/// Whether `value` is a host with an optional port: a name of letters, digits, `-`, `.`, `_` and `~`, an IPv4 address, or
/// an IPv6 address in brackets. The port is a number up to 65535, or empty (RFC 3986 §3.2.3).
#[must_use]
pub fn is_valid(value: &[u8]) -> bool {
    split(value).is_some_and(|(host, port)| !host.is_empty() && port.is_none_or(is_port))
}

/// The host of an authority, without its port; `None` when it is not valid.
///
/// ```
/// use hyperserve_core::authority;
///
/// assert_eq!(authority::host("[::1]:80"), Some("[::1]"));
/// assert_eq!(authority::host("user@example.com"), None);
/// ```
#[must_use]
pub fn host(value: &str) -> Option<&str> {
    let (host, _) = split(value.as_bytes()).filter(|_| is_valid(value.as_bytes()))?;
    value.get(..host.len())
}

/// As [`is_valid`], with a port that must be there: the target of CONNECT (RFC 9112 §3.2.3).
#[must_use]
pub fn is_valid_with_port(value: &[u8]) -> bool {
    is_valid(value) && split(value).is_some_and(|(_, port)| port.is_some_and(|port| !port.is_empty()))
}

/// Whether two authorities name the same place, `default` standing for a port that is absent or empty. False when either
/// is not valid.
#[must_use]
pub fn is_same(one: &[u8], other: &[u8], default: &[u8]) -> bool {
    let (Some((host, port)), Some((other_host, other_port))) = (split(one), split(other)) else {
        return false;
    };
    host.eq_ignore_ascii_case(other_host) && effective(port, default) == effective(other_port, default)
}

fn effective<'a>(port: Option<&'a [u8]>, default: &'a [u8]) -> &'a [u8] {
    port.filter(|port| !port.is_empty()).unwrap_or(default)
}

/// Host and port; `None` when a character is out of place.
fn split(value: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let host_len = if value.first() == Some(&b'[') {
        let end = value.iter().position(|&byte| byte == b']')?;
        let address = str::from_utf8(&value[1..end]).ok()?;
        address.parse::<std::net::Ipv6Addr>().ok()?;
        end + 1
    } else {
        value.iter().position(|&byte| !is_host_byte(byte)).unwrap_or(value.len())
    };
    match value[host_len..].split_first() {
        None => Some((value, None)),
        Some((b':', port)) => Some((&value[..host_len], Some(port))),
        Some(_) => None,
    }
}

const fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn is_port(port: &[u8]) -> bool {
    let number = |n: u32, byte: &u8| byte.is_ascii_digit().then(|| n * 10 + u32::from(byte - b'0'));
    port.len() <= 5 && port.iter().try_fold(0, number).is_some_and(|port| port <= 65_535)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_everything_else() {
        for good in [
            "a",
            "example.com",
            "example.com:80",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:443",
            "a_b",
            "example.com:",
            "x-y.z.",
        ] {
            assert!(is_valid(good.as_bytes()), "{good}");
        }
        for bad in [
            "", ":80", "u@h", "h/path", "a,b", ",a=", "a b", "a:b", "a:99999", "a:80:80", "[::1", "[zz]",
            "[::1]x", "h?q", "h#f", "a%00b", "exämple", "a\tb", "[]", "a:-1", "a:+80",
        ] {
            assert!(!is_valid(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn an_absent_port_is_the_default() {
        assert!(is_same(b"A.example", b"a.example:80", b"80"));
        assert!(is_same(b"a:", b"a:443", b"443"));
        assert!(!is_same(b"a", b"a:443", b"80"));
        assert!(!is_same(b"a", b"b", b"80"));
        assert!(!is_same(b"u@a", b"u@a", b"80"));
    }

    #[test]
    fn connect_needs_a_port() {
        assert!(is_valid_with_port(b"example.com:443"));
        assert!(!is_valid_with_port(b"example.com"));
        assert!(!is_valid_with_port(b"example.com:"));
    }
}
