//! Sessions in cookies: JSON, encrypted or signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, CookieJar, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::content::Content;

/// The most bytes of name and value together that every browser takes (RFC 6265bis §5.6).
pub(super) const MOST: usize = 4096;

#[derive(Debug)]
pub(super) struct Seal {
    /// The first seals; all open.
    keys: Vec<Keyed>,
    signed: bool,
}

struct Keyed(Key);

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

#[derive(Deserialize)]
struct Read {
    c: u64,
    s: u64,
    d: Map<String, Value>,
}

#[derive(Serialize)]
struct Written<'a> {
    c: u64,
    s: u64,
    d: &'a Map<String, Value>,
}

impl Seal {
    pub(super) fn new(keys: impl IntoIterator<Item = Key>, signed: bool) -> Self {
        Self { keys: keys.into_iter().map(Keyed).collect(), signed }
    }

    /// The value of a cookie of this name: another name does not open it.
    pub(super) fn close(&self, name: &str, content: &Content) -> Option<String> {
        let written = Written { c: content.created, s: content.saved, d: &content.data };
        let json = serde_json::to_vec(&written).ok()?;
        let Keyed(key) = self.keys.first()?;
        let mut jar = CookieJar::new();
        if self.signed {
            // Text that a cookie can have, and the name within what is signed: the crate signs the value alone.
            let text = format!("{name}:{}", URL_SAFE_NO_PAD.encode(json));
            jar.signed_mut(key).add(Cookie::new(name.to_owned(), text));
        } else {
            jar.private_mut(key).add(Cookie::new(name.to_owned(), String::from_utf8(json).ok()?));
        }
        jar.get(name).map(|cookie| cookie.value().to_owned())
    }

    /// How long the value would be, without sealing it.
    pub(super) fn length(&self, name: &str, content: &Content) -> usize {
        let written = Written { c: content.created, s: u64::from(u32::MAX), d: &content.data };
        let json = serde_json::to_vec(&written).map_or(usize::MAX / 4, |json| json.len());
        let base64 = |bytes: usize| bytes.div_ceil(3) * 4;
        // A digest of 32 bytes, or a nonce of 12 and a tag of 16.
        if self.signed { base64(32) + name.len() + 1 + base64(json) } else { base64(12 + json + 16) }
    }

    pub(super) fn open(&self, name: &str, value: &str) -> Option<Content> {
        let json = self.keys.iter().find_map(|Keyed(key)| self.open_with(key, name, value))?;
        let Read { c, s, d } = serde_json::from_slice(&json).ok()?;
        Some(Content { data: d, created: c, saved: s })
    }

    fn open_with(&self, key: &Key, name: &str, value: &str) -> Option<Vec<u8>> {
        let cookie = Cookie::new(name.to_owned(), value.to_owned());
        let jar = CookieJar::new();
        if !self.signed {
            return Some(jar.private(key).decrypt(cookie)?.value().as_bytes().to_vec());
        }
        let cookie = jar.signed(key).verify(cookie)?;
        let text = cookie.value().strip_prefix(name)?.strip_prefix(':')?;
        URL_SAFE_NO_PAD.decode(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        Key::from(&[byte; 64])
    }

    fn content() -> Content {
        let mut content = Content { saved: 7, ..Content::new() };
        content.data.insert("user".to_owned(), "ada \u{1f600};\"".into());
        content
    }

    #[test]
    fn what_is_closed_opens_and_is_a_cookie() {
        for signed in [false, true] {
            let seal = Seal::new([key(1)], signed);
            let value = seal.close("session", &content()).unwrap();
            assert!(
                value.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)),
                "{value}"
            );
            assert_eq!(seal.open("session", &value), Some(content()));
            assert!(!value.contains("ada"));
        }
    }

    #[test]
    fn another_key_name_or_value_does_not_open() {
        for signed in [false, true] {
            let seal = Seal::new([key(1)], signed);
            let value = seal.close("session", &content()).unwrap();
            assert_eq!(Seal::new([key(2)], signed).open("session", &value), None);
            assert_eq!(Seal::new([key(1)], !signed).open("session", &value), None);
            assert_eq!(seal.open("__Host-session", &value), None, "signed: {signed}");
            for place in [0, value.len() / 2, value.len() - 2] {
                let mut bytes = value.clone().into_bytes();
                bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
                assert_eq!(seal.open("session", &String::from_utf8(bytes).unwrap()), None, "{place}");
            }
            for value in ["", "x", &value[1..], &"A".repeat(5000)] {
                assert_eq!(seal.open("session", value), None);
            }
        }
    }

    #[test]
    fn the_length_is_known_before() {
        for signed in [false, true] {
            let (seal, content) =
                (Seal::new([key(1)], signed), Content { saved: 4_000_000_000, ..content() });
            let (length, value) =
                (seal.length("session", &content), seal.close("session", &content).unwrap());
            assert!((value.len()..value.len() + 3).contains(&length), "{length} for {}", value.len());
        }
    }

    #[test]
    fn old_keys_open_and_the_first_seals() {
        let old = Seal::new([key(1)], false).close("session", &content()).unwrap();
        let both = Seal::new([key(2), key(1)], false);
        assert_eq!(both.open("session", &old), Some(content()));
        let new = both.close("session", &content()).unwrap();
        assert_eq!(Seal::new([key(2)], false).open("session", &new), Some(content()));
    }
}
