//! [`Key`]: whom a request is counted for.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Whom a request is counted for: an address, or a text such as an account or a route.
///
/// An IPv6 address stands for its /64, the lower half of which a client may choose at will. An address and a text are never
/// the same key, whatever the text says. Texts do not show in [`Debug`]: they may be credentials.
#[derive(Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Key<'a>(pub(crate) Repr<'a>);

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Repr<'a> {
    Ip(IpAddr),
    Text(Cow<'a, [u8]>),
}

impl<'a> Key<'a> {
    /// A client's address. IPv4 that is written as IPv6 is IPv4.
    pub fn ip(ip: IpAddr) -> Self {
        Self(Repr::Ip(match ip.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            v4 @ IpAddr::V4(_) => v4,
        }))
    }

    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self(Repr::Text(match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        }))
    }

    /// Bytes, of a header field for one.
    pub fn bytes(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self(Repr::Text(bytes.into()))
    }

    /// The key of all of whom nothing is known: the empty text.
    pub const fn unknown() -> Self {
        Self(Repr::Text(Cow::Borrowed(b"")))
    }

    /// The same key, with a copy of what it borrows.
    pub fn into_owned(self) -> Key<'static> {
        Key(match self.0 {
            Repr::Ip(ip) => Repr::Ip(ip),
            Repr::Text(text) => Repr::Text(Cow::Owned(text.into_owned())),
        })
    }

    /// One key of two: equal only if both are.
    pub(crate) fn joined(&self, other: &Self) -> Key<'static> {
        let mut bytes = Vec::with_capacity(64);
        self.write(&mut bytes);
        // The length keeps "a" with "bc" apart from "ab" with "c".
        let length = bytes.len() as u64;
        other.write(&mut bytes);
        bytes.extend_from_slice(&length.to_be_bytes());
        Key(Repr::Text(Cow::Owned(bytes)))
    }

    fn write(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Repr::Ip(IpAddr::V4(v4)) => {
                out.push(b'4');
                out.extend_from_slice(&v4.octets());
            }
            Repr::Ip(IpAddr::V6(v6)) => {
                out.push(b'6');
                out.extend_from_slice(&v6.octets());
            }
            Repr::Text(text) => {
                out.push(b't');
                out.extend_from_slice(text);
            }
        }
    }
}

impl From<IpAddr> for Key<'_> {
    fn from(ip: IpAddr) -> Self {
        Self::ip(ip)
    }
}

impl<'a> From<&'a str> for Key<'a> {
    fn from(text: &'a str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Key<'_> {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Ip(ip) => f.debug_tuple("Key").field(ip).finish(),
            Repr::Text(text) => write!(f, "Key([{} bytes])", text.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Key<'static> {
        Key::ip(text.parse().unwrap())
    }

    #[test]
    fn an_ipv6_address_stands_for_its_network() {
        assert_eq!(ip("2001:db8:1:2::1"), ip("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(ip("2001:db8:1:2::1"), ip("2001:db8:1:3::1"));
        assert_eq!(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
        assert_ne!(ip("192.0.2.1"), ip("192.0.2.2"));
    }

    #[test]
    fn addresses_and_texts_are_apart() {
        assert_ne!(ip("192.0.2.1"), Key::text("192.0.2.1"));
        assert_eq!(Key::text("a"), Key::bytes(&b"a"[..]));
        assert_eq!(Key::text("").into_owned(), Key::unknown());
    }

    #[test]
    fn two_keys_make_one_that_is_theirs_alone() {
        let of = |a: &str, b: &str| Key::from(a).joined(&Key::from(b));
        assert_eq!(of("a", "b"), of("a", "b"));
        assert_ne!(of("a", "bc"), of("ab", "c"));
        assert_ne!(of("at", "b"), of("a", "tb"));
        assert_ne!(of("a", "b"), of("b", "a"));
        assert_ne!(ip("1.2.3.4").joined(&"a".into()), ip("1.2.3.5").joined(&"a".into()));
    }

    #[test]
    fn a_text_does_not_show() {
        assert_eq!(format!("{:?}", Key::text("secret")), "Key([6 bytes])");
        assert_eq!(format!("{:?}", ip("192.0.2.1")), "Key(192.0.2.1)");
    }
}
