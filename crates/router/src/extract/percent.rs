//! Percent-decoding (RFC 3986 §2.1) that refuses what it cannot decode, where lenient decoders guess.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode;

/// Why a text cannot be decoded; reads as the end of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Escape,
    Utf8,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escape => "has a percent sign without two hexadecimal digits after it",
            Self::Utf8 => "is not valid UTF-8 once it is percent-decoded",
        })
    }
}

/// Decodes; a text in which nothing is encoded is not copied.
pub(super) fn decode(text: &[u8]) -> Result<Cow<'_, str>, Broken> {
    if !text.split(|byte| *byte == b'%').skip(1).all(starts_with_digits) {
        return Err(Broken::Escape);
    }
    percent_decode(text).decode_utf8().map_err(|_| Broken::Utf8)
}

/// Decodes a text, which is known to be UTF-8 where nothing is encoded.
pub(super) fn decode_text(text: &str) -> Result<Cow<'_, str>, Broken> {
    if text.contains('%') { decode(text.as_bytes()) } else { Ok(Cow::Borrowed(text)) }
}

fn starts_with_digits(text: &[u8]) -> bool {
    matches!(text, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sound_is_decoded() {
        for (text, decoded) in [("", ""), ("a+b", "a+b"), ("%25%2f%2F", "%//"), ("caf%C3%A9é", "caféé")] {
            assert_eq!(decode(text.as_bytes()).unwrap(), decoded);
        }
        assert!(matches!(decode(b"plain"), Ok(Cow::Borrowed("plain"))));
    }

    #[test]
    fn what_is_not_is_refused() {
        for text in ["%", "100%", "%2", "%%41", "%4%41", "%g0", "%0g", "a%é"] {
            assert_eq!(decode(text.as_bytes()), Err(Broken::Escape), "{text}");
        }
        for text in ["%ff", "%C3", "%C3&%A9", "%ED%A0%80"] {
            assert_eq!(decode(text.as_bytes()), Err(Broken::Utf8), "{text}");
        }
    }
}
