//! Reading `Basic` credentials (RFC 7617 §2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest name and password together, in bytes.
pub(super) const LONGEST: usize = 1024;

/// The name is UTF-8 without control characters and ends at the first colon; a password has no control characters either.
pub(super) fn name_and_password(encoded: &[u8]) -> Option<(String, Vec<u8>)> {
    if encoded.len() > LONGEST.div_ceil(3) * 4 {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    if text.len() > LONGEST || !is_readable(&text) {
        return None;
    }
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.as_bytes().to_vec()))
}

/// Control characters are in no name and in no password.
pub(super) fn is_readable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Option<(String, String)> {
        let found = name_and_password(STANDARD.encode(text).as_bytes());
        found.map(|(name, password)| (name, String::from_utf8(password).unwrap()))
    }

    #[test]
    fn the_first_colon_parts_them() {
        for (text, name, password) in [
            ("Aladdin:open sesame", "Aladdin", "open sesame"),
            ("a:b:c", "a", "b:c"),
            (":", "", ""),
            ("test:123\u{a3}", "test", "123\u{a3}"),
        ] {
            assert_eq!(read(text.as_bytes()), Some((name.to_owned(), password.to_owned())));
        }
        // The example of RFC 7617 §2.
        assert!(name_and_password(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==").is_some());
    }

    #[test]
    fn what_is_none_is_none() {
        for text in [&b"no colon"[..], b"a\nb:c", b"a:b\x7f", b"a:\xa3", &[b':'; LONGEST + 1]] {
            assert_eq!(read(text), None, "{text:?}");
        }
        for encoded in [&b""[..], b"QWxh ZGRpbg==", b"QWxhZGRpbjpvcGVuIHNlc2FtZQ", b"!!!!"] {
            assert_eq!(name_and_password(encoded), None, "{encoded:?}");
        }
    }
}
