//! `Content-Disposition: attachment` with a file name for every client (RFC 6266 §4.3, appendix D).

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but `attr-char` (RFC 8187 §3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Clients take `filename*` if they know it, and `filename` otherwise.
pub(crate) fn attachment(name: &str) -> HeaderValue {
    let name = name.replace(|character: char| character.is_control() || matches!(character, '/' | '\\'), "_");
    let name = if name.is_empty() { "download" } else { &name };
    let plain = name.replace(|character| !is_plain(character), "_");
    let encoded = utf8_percent_encode(name, ENCODED);
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// Without quotes, which would need escapes that not every client knows, and percent signs, which some decode.
const fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~') && !matches!(character, '"' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_both_forms() {
        for (name, value) in [
            ("a.txt", "filename=\"a.txt\"; filename*=UTF-8''a.txt"),
            ("", "filename=\"download\"; filename*=UTF-8''download"),
            ("a b;c.txt", "filename=\"a b;c.txt\"; filename*=UTF-8''a%20b%3Bc.txt"),
            ("é€.txt", "filename=\"__.txt\"; filename*=UTF-8''%C3%A9%E2%82%AC.txt"),
            ("50%41\".txt", "filename=\"50_41_.txt\"; filename*=UTF-8''50%2541%22.txt"),
            ("../a\\b", "filename=\".._a_b\"; filename*=UTF-8''.._a_b"),
            ("a\r\nx: y\0\u{85}", "filename=\"a__x: y__\"; filename*=UTF-8''a__x%3A%20y__"),
            ("!#$&+-.^_`|~'()*", "filename=\"!#$&+-.^_`|~'()*\"; filename*=UTF-8''!#$&+-.^_`|~%27%28%29%2A"),
        ] {
            assert_eq!(attachment(name), format!("attachment; {value}"), "{name:?}");
        }
    }
}
