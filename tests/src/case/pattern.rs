//! What a text looks like where it cannot be known: an id, a nonce, a number that time decides.
//!
//! `{digits}` stands for one decimal digit or more, `{hex:N}` for N hexadecimal digits in lower case, `{base64url:N}` for N
//! letters of base64url, `{any}` for one character or more. The rest stands for itself.

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error as _};

/// A pattern, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Digits,
    Hex(usize),
    Base64Url(usize),
    Any,
}

impl Pattern {
    /// `None` for a pattern that cannot be read.
    fn parse(text: &str) -> Option<Self> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((plain, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}')?;
            parts.push(Part::Text(plain.to_owned()));
            parts.push(Part::parse(name)?);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Some(Self { text: text.to_owned(), parts })
    }

    /// Whether a text, the whole of it, looks like this.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        matches(&self.parts, text)
    }
}

impl Part {
    fn parse(name: &str) -> Option<Self> {
        match name.split_once(':') {
            None if name == "digits" => Some(Self::Digits),
            None if name == "any" => Some(Self::Any),
            Some(("hex", count)) => count.parse().ok().map(Self::Hex),
            Some(("base64url", count)) => count.parse().ok().map(Self::Base64Url),
            _ => None,
        }
    }

    /// How many bytes of `text` it may take: the least and the most.
    fn takes(&self, text: &str) -> Option<(usize, usize)> {
        let run = |is: fn(u8) -> bool| text.bytes().take_while(|&byte| is(byte)).count();
        let exactly = |count: usize, found: usize| (found >= count).then_some((count, count));
        let some = |found: usize| (found > 0).then_some((1, found));
        match self {
            Self::Text(plain) => text.starts_with(plain.as_str()).then_some((plain.len(), plain.len())),
            Self::Digits => some(run(|byte| byte.is_ascii_digit())),
            Self::Any => some(text.len()),
            Self::Hex(count) => exactly(*count, run(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))),
            Self::Base64Url(count) => {
                exactly(*count, run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')))
            }
        }
    }
}

fn matches(parts: &[Part], text: &str) -> bool {
    let Some((first, rest)) = parts.split_first() else { return text.is_empty() };
    let Some((least, most)) = first.takes(text) else { return false };
    (least..=most).rev().any(|taken| text.get(taken..).is_some_and(|text| matches(rest, text)))
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` has something in braces that is not digits, any, hex:N or base64url:N"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_look_so() {
        for (pattern, text, is) in [
            ("plain", "plain", true),
            ("plain", "plainer", false),
            ("{hex:4}-7{hex:3}", "0aF1-7abc", false),
            ("{hex:4}-7{hex:3}", "0af1-7abc", true),
            ("r={digits};t={digits}", "r=0;t=17", true),
            ("r={digits};t={digits}", "r=;t=17", false),
            ("'nonce-{base64url:3}'", "'nonce-a_9'", true),
            ("'nonce-{base64url:3}'", "'nonce-a_9='", false),
            ("a={any}; Path=/", "a=x; y; Path=/", true),
            ("a={any}; Path=/", "a=; Path=/", false),
            ("1{digits}1", "1111", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(text), is, "{pattern} {text}");
        }
    }

    #[test]
    fn slips_are_told() {
        for slip in ["{", "{hex}", "{hex:x}", "{words}", "{digits:2}"] {
            assert_eq!(Pattern::parse(slip), None, "{slip}");
        }
    }
}
