//! Validation of `Host` and `:authority` (RFC 3986 §3.2.2, RFC 9112 §3.2, RFC 9113 §8.3.1).

use super::bytes::{is_host, run};

/// Whether `value` is a host with an optional port: a name, an IPv4 address or a bracketed IPv6 address.
/// User information, paths, lists and emptiness are refused.
pub(crate) fn is_valid(value: &[u8]) -> bool {
    let Some((host, port)) = split_port(value) else { return false };
    !host.is_empty() && port.is_none_or(is_port)
}

/// As [`is_valid`], with a port that is not optional (the authority-form of CONNECT).
pub(crate) fn is_authority_with_port(value: &[u8]) -> bool {
    is_valid(value) && split_port(value).is_some_and(|(_, port)| port.is_some_and(|p| !p.is_empty()))
}

/// Whether an absolute-form `target`'s `authority` and a `Host` value name the same place.
pub(crate) fn same(target: &[u8], authority: &[u8], host: &[u8]) -> bool {
    let default: &[u8] =
        if target.len() > 5 && target[4].eq_ignore_ascii_case(&b's') { b"443" } else { b"80" };
    same_authority(authority, host, default)
}

/// Whether two authorities name the same place, an absent port being `default`.
pub(crate) fn same_authority(a: &[u8], b: &[u8], default: &[u8]) -> bool {
    let (Some((host_a, port_a)), Some((host_b, port_b))) = (split_port(a), split_port(b)) else {
        return false;
    };
    host_a.eq_ignore_ascii_case(host_b) && effective_port(port_a, default) == effective_port(port_b, default)
}

fn effective_port<'a>(given: Option<&'a [u8]>, default: &'a [u8]) -> &'a [u8] {
    given.filter(|port| !port.is_empty()).unwrap_or(default)
}

/// Splits off the port; `None` when a character is out of place.
fn split_port(value: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let host_len = if value.first() == Some(&b'[') {
        let end = value.iter().position(|&b| b == b']')?;
        let inside = &value[1..end];
        let address = std::str::from_utf8(inside).ok()?;
        address.parse::<std::net::Ipv6Addr>().ok()?;
        end + 1
    } else {
        run(value, is_host)
    };
    match value[host_len..].split_first() {
        None => Some((value, None)),
        Some((b':', port)) => Some((&value[..host_len], Some(port))),
        Some(_) => None,
    }
}

/// RFC 3986 §3.2.3 allows an empty port.
fn is_port(port: &[u8]) -> bool {
    port.len() <= 5
        && port
            .iter()
            .try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
            .is_some_and(|n| n <= 65_535)
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
            "", ":80", "u@h", "h/path", "a,b", "a b", "a:b", "a:99999", "a:80:80", "[::1", "[zz]", "[::1]x",
            "h?q", "h#f", "a%00b", "exämple", "a\tb", "[]", "a:-1", "a:+80",
        ] {
            assert!(!is_valid(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn an_absent_port_is_the_schemes() {
        assert!(same(b"http://A.example/", b"A.example", b"a.example:80"));
        assert!(same(b"https://a/", b"a", b"a:443"));
        assert!(!same(b"http://a/", b"a", b"a:443"));
        assert!(!same(b"http://a/", b"a", b"b"));
    }

    #[test]
    fn connect_needs_a_port() {
        assert!(is_authority_with_port(b"example.com:443"));
        assert!(!is_authority_with_port(b"example.com"));
        assert!(!is_authority_with_port(b"example.com:"));
    }
}
