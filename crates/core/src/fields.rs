//! Parts of header fields that several crates read: members of lists, entity tags, dates.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};

/// Whether a backslash in quotes quotes what follows: so in a quoted string (RFC 9110 §5.6.4), not in an entity tag (§8.8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// A backslash quotes.
    QuotedString,
    /// A backslash is a character as any other.
    EntityTag,
}

/// The members of one line of a field that is a list (RFC 9110 §5.6.1), trimmed, the empty ones left out. A comma within
/// quotes ends no member.
pub const fn members(line: &[u8], quotes: Quotes) -> Members<'_> {
    Members { rest: line, quotes }
}

/// The iterator of [`members`].
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless asked"]
pub struct Members<'a> {
    rest: &'a [u8],
    quotes: Quotes,
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = end_of_member(self.rest, self.quotes);
            let member = self.rest[..end].trim_ascii();
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    }
}

fn end_of_member(line: &[u8], quotes: Quotes) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (index, &byte) in line.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted && quotes == Quotes::QuotedString,
            b'"' => quoted = !quoted,
            b',' if !quoted => return index,
            _ => {}
        }
    }
    line.len()
}

/// The value of a `q` parameter in thousandths; `None` for what is not a weight (RFC 9110 §12.4.2).
#[must_use]
pub fn weight(q: &str) -> Option<u16> {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scaled = fraction.bytes().zip([100, 10, 1]).map(|(digit, unit)| u16::from(digit - b'0') * unit).sum();
    match whole {
        "0" => Some(scaled),
        "1" if scaled == 0 => Some(1000),
        _ => None,
    }
}

/// Whether two entity tags are the same by the weak comparison (RFC 9110 §8.8.3.2).
#[must_use]
pub fn is_same_tag(one: &[u8], other: &[u8]) -> bool {
    let opaque = |tag| <[u8]>::strip_prefix(tag, b"W/").unwrap_or(tag);
    opaque(one) == opaque(other)
}

/// The date of a field that comes once (RFC 9110 §5.6.7); `None` for what is not one.
#[must_use]
pub fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next().filter(|_| lines.next().is_none())?;
    httpdate::parse_http_date(line.to_str().ok()?).ok()
}

/// `Last-Modified`, never later than now (RFC 9110 §8.8.2.1); times that an HTTP date cannot hold have none.
#[must_use]
pub fn last_modified(modified: SystemTime) -> Option<HeaderValue> {
    let modified = modified.min(SystemTime::now());
    let since = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let year_10_000 = Duration::from_secs(253_402_300_800);
    let text = (since < year_10_000).then(|| httpdate::fmt_http_date(modified))?;
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str, quotes: Quotes) -> Vec<&str> {
        members(line.as_bytes(), quotes).map(|member| str::from_utf8(member).unwrap()).collect()
    }

    #[test]
    fn commas_in_quotes_are_no_ends() {
        assert_eq!(split(" a ,, b=\"x, y\" ,c,", Quotes::QuotedString), ["a", "b=\"x, y\"", "c"]);
        assert_eq!(split("a=\"\\\",b\",c", Quotes::QuotedString), ["a=\"\\\",b\"", "c"]);
        assert_eq!(split("\"a\\\",\"b,c\"", Quotes::EntityTag), ["\"a\\\"", "\"b,c\""]);
        assert_eq!(split("", Quotes::QuotedString), [""; 0]);
    }
}
