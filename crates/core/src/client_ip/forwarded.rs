//! The `Forwarded` header (RFC 7239), read from the right.
//!
//! Elements are split from the end backwards. A split from the front would let a client that sends `for="` open
//! a string which swallows what the proxies append to it.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The elements of one header value, last first.
pub(super) struct Elements<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Elements<'a> {
    pub(super) const fn new(value: &'a [u8]) -> Self {
        Self { rest: Some(value) }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let value = self.rest?;
        let Some(comma) = last_comma(value) else {
            self.rest = None;
            return Some(value.trim_ascii());
        };
        self.rest = Some(&value[..comma]);
        Some(value[comma + 1..].trim_ascii())
    }
}

/// The last comma outside quotes. Seen from the right, a quote within a string is one behind an odd number of
/// backslashes, for the quote that opens the string stands behind `=`.
fn last_comma(value: &[u8]) -> Option<usize> {
    let mut quoted = false;
    for at in (0..value.len()).rev() {
        match value[at] {
            b'"' if quoted && is_escaped(&value[..at]) => {}
            b'"' => quoted = !quoted,
            b',' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// One element: what a proxy says about the request as it came in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element<'a> {
    /// `for`; `None` if absent, `unknown` or obfuscated (§6.2, §6.3).
    pub(super) ip: Option<IpAddr>,
    pub(super) proto: Option<Cow<'a, str>>,
    pub(super) host: Option<Cow<'a, str>>,
}

impl<'a> Element<'a> {
    /// Reads an element (§4); `None` if it is malformed or says a thing twice.
    pub(super) fn parse(element: &'a [u8]) -> Option<Self> {
        let mut rest = str::from_utf8(element).ok()?;
        let (mut parsed, mut node) = (Self::default(), None);
        loop {
            let (name, value, after) = pair(rest)?;
            let slot = match name {
                _ if name.eq_ignore_ascii_case("for") => Some(&mut node),
                _ if name.eq_ignore_ascii_case("proto") => Some(&mut parsed.proto),
                _ if name.eq_ignore_ascii_case("host") => Some(&mut parsed.host),
                _ => None,
            };
            if slot.is_some_and(|slot| slot.replace(value).is_some()) {
                return None;
            }
            let Some(after) = after else { break };
            rest = after;
        }
        parsed.ip = node.map_or(Some(None), |node| parse_node(&node))?;
        Some(parsed)
    }
}

/// One `name=value`, and what follows its semicolon. Spaces beside the semicolon are forgiven: proxies write them.
fn pair(text: &str) -> Option<(&str, Cow<'_, str>, Option<&str>)> {
    let (name, rest) = text.trim_ascii_start().split_once('=')?;
    if name.is_empty() || !name.bytes().all(is_token) {
        return None;
    }
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted_string(quoted)?,
        None => plain_value(rest)?,
    };
    match rest.trim_ascii_start() {
        "" => Some((name, value, None)),
        rest => Some((name, value, Some(rest.strip_prefix(';')?))),
    }
}

/// A value without quotes. Colons and brackets need quotes (§4), but proxies are seen to leave them out.
fn plain_value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let allowed = |byte: u8| is_token(byte) || matches!(byte, b':' | b'[' | b']');
    let end = text.bytes().position(|byte| !allowed(byte)).unwrap_or(text.len());
    (end > 0).then(|| (Cow::Borrowed(&text[..end]), &text[end..]))
}

/// The rest of a quoted string (RFC 9110 §5.6.4) behind its opening quote.
fn quoted_string(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['"', '\\'])?;
    if text[end..].starts_with('"') {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((Cow::Owned(value), &text[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

/// A node (§6): `Some(None)` if it is valid and hides its address, `None` if it is not valid.
#[expect(clippy::option_option, reason = "valid, and an address: two questions")]
fn parse_node(node: &str) -> Option<Option<IpAddr>> {
    if let Some(bracketed) = node.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        return (port.is_empty() || is_port(port.strip_prefix(':')?))
            .then_some(Some(IpAddr::V6(address).to_canonical()));
    }
    let (name, port) = node.split_once(':').map_or((node, None), |(name, port)| (name, Some(port)));
    if !port.is_none_or(is_port) {
        return None;
    }
    if name.eq_ignore_ascii_case("unknown") || is_obfuscated(name) {
        return Some(None);
    }
    Some(Some(IpAddr::V4(name.parse::<Ipv4Addr>().ok()?)))
}

fn is_port(port: &str) -> bool {
    is_obfuscated(port) || ((1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// §6.3: an underscore, then at least one letter, digit, dot, underscore or hyphen.
fn is_obfuscated(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    text.strip_prefix('_').is_some_and(|name| !name.is_empty() && name.bytes().all(allowed))
}

/// RFC 9110 §5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(value: &str) -> Vec<&str> {
        Elements::new(value.as_bytes()).map(|element| str::from_utf8(element).unwrap()).collect()
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn elements_are_split_from_the_right() {
        assert_eq!(elements("a=1, b=2 ,c=3"), ["c=3", "b=2", "a=1"]);
        assert_eq!(elements(r#"a="x,y", b="\",", c=3"#), ["c=3", r#"b="\",""#, r#"a="x,y""#]);
        assert_eq!(elements(r#"a="\\", b=2"#), ["b=2", r#"a="\\""#]);
        assert_eq!(elements(""), [""]);
        assert_eq!(elements(",,"), ["", "", ""]);
    }

    #[test]
    fn an_open_quote_on_the_left_swallows_nothing() {
        assert_eq!(elements(r#"for=", for=192.0.2.1"#)[0], "for=192.0.2.1");
        assert_eq!(elements(r#"for="\, for="[::1]""#)[0], r#"for="[::1]""#);
    }

    #[test]
    fn examples_of_rfc_7239() {
        let element = |text: &'static str| Element::parse(text.as_bytes()).unwrap();
        assert_eq!(element("for=\"_gazonk\"").ip, None);
        assert_eq!(element("For=\"[2001:db8:cafe::17]:4711\"").ip, ip("2001:db8:cafe::17"));
        let full = element("for=192.0.2.60;proto=http;by=203.0.113.43");
        assert_eq!((full.ip, full.proto.as_deref()), (ip("192.0.2.60"), Some("http")));
        assert_eq!(element("for=\"192.0.2.43:47011\"").ip, ip("192.0.2.43"));
        assert_eq!(element("for=unknown").ip, None);
        assert_eq!(element("for=_SEVKISEK;host=example.com").host.as_deref(), Some("example.com"));
    }

    #[test]
    fn quoted_pairs_are_undone() {
        let element = Element::parse(br#"host="ex\ample\.com";for="192.0.\2.1""#).unwrap();
        assert_eq!(element.host.as_deref(), Some("example.com"));
        assert_eq!(element.ip, ip("192.0.2.1"));
    }

    #[test]
    fn what_is_lenient() {
        assert_eq!(Element::parse(b"for=192.0.2.1:80").unwrap().ip, ip("192.0.2.1"));
        assert_eq!(Element::parse(b"for=[::1]:80").unwrap().ip, ip("::1"));
        assert_eq!(Element::parse(b"for=192.0.2.1; proto=https").unwrap().proto.as_deref(), Some("https"));
        assert_eq!(Element::parse(b"for=\"[::ffff:192.0.2.1]\"").unwrap().ip, ip("192.0.2.1"));
    }

    #[test]
    fn malformed_elements() {
        for text in [
            "",
            ";",
            "for",
            "for=",
            "=x",
            "for=;proto=http",
            "for=1.2.3.4;",
            "for=1.2.3.4;for=5.6.7.8",
            "for =1.2.3.4",
            "for= 1.2.3.4",
            "for=\"1.2.3.4",
            "for=\"1.2.3.4\"x",
            "for=1.2.3.4 x",
            "for=1.2.3",
            "for=01.2.3.4",
            "for=1.2.3.4:",
            "for=1.2.3.4:123456",
            "for=1.2.3.4:8a",
            "for=::1",
            "for=\"::1\"",
            "for=\"[::1\"",
            "for=\"[::1]x\"",
            "for=\"[::1]:\"",
            "for=\"[1.2.3.4]\"",
            "for=\"[fe80::1%eth0]\"",
            "for=_",
            "for=_a/b",
            "for=example.com",
            "proto=http;proto=https",
            "f,r=1.2.3.4",
            "for=\"1.2.3.4\\",
        ] {
            assert_eq!(Element::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Element::parse(b"for=\xff"), None);
    }
}
