//! Which names belong to secrets, and query strings without the values of those.

use super::escape::{Escape, clipped};
use super::wanted::Treatment;

/// Words that make the name of a query parameter or of a header a secret's, unless told otherwise.
pub const DEFAULT_SECRETS: [&str; 20] = [
    "apikey",
    "auth",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "jwt",
    "key",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "session",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "ticket",
    "token",
];

/// What stands in a secret's place.
pub(super) const REDACTED: &str = "[redacted]";

/// The words that make a name a secret's.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    words: Box<[Box<[u8]>]>,
    /// The lengths of the words that begin with a byte, as bits; most names are told apart by this.
    lengths: Box<[u32; 256]>,
}

impl Secrets {
    pub(super) fn new<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> Self {
        let words = words.into_iter().filter(|word| !word.as_ref().is_empty());
        let words: Box<[Box<[u8]>]> = words.map(|word| Box::from(word.as_ref().as_bytes())).collect();
        let mut lengths = Box::new([0; 256]);
        for word in &words {
            for first in [word[0].to_ascii_lowercase(), word[0].to_ascii_uppercase()] {
                lengths[usize::from(first)] |= length_bit(word);
            }
        }
        Self { words, lengths }
    }

    /// Whether a name is one of the words or contains one, as `access_token`, `X-Api-Key` and `userPassword` do.
    pub(super) fn names(&self, name: &[u8]) -> bool {
        if name.contains(&b'%') {
            return self.names_plain(&decoded(name));
        }
        self.names_plain(name)
    }

    fn names_plain(&self, name: &[u8]) -> bool {
        self.is_word(name) || Words { rest: name }.any(|word| self.is_word(word))
    }

    fn is_word(&self, word: &[u8]) -> bool {
        let Some(first) = word.first() else { return false };
        self.lengths[usize::from(*first)] & length_bit(word) != 0 && self.is_one_of_the_words(word)
    }

    fn is_one_of_the_words(&self, word: &[u8]) -> bool {
        self.words.iter().any(|secret| secret.eq_ignore_ascii_case(word))
    }

    /// Writes the value of a header field; what is redacted as a whole was so when it was kept.
    pub(super) fn write_field(&self, out: &mut Vec<u8>, value: &[u8], treatment: Treatment, escape: Escape) {
        match treatment {
            Treatment::Uri => clipped(out, value, |out, value| self.write_uri(out, value, escape)),
            Treatment::Shown | Treatment::Redacted | Treatment::User => escape.write_value(out, value),
        }
    }

    /// Writes a URI, or a path with its query, with the values of secret parameters redacted.
    pub(super) fn write_uri(&self, out: &mut Vec<u8>, uri: &[u8], escape: Escape) {
        let Some(mark) = uri.iter().position(|&byte| byte == b'?') else {
            return escape.write(out, uri);
        };
        escape.write(out, &uri[..=mark]);
        self.write_query(out, &uri[mark + 1..], escape);
    }

    /// Writes a query with the values of secret parameters redacted. `;` separates as well as `&`, as some servers hold.
    pub(super) fn write_query(&self, out: &mut Vec<u8>, query: &[u8], escape: Escape) {
        for pair in query.split_inclusive(|&byte| byte == b'&' || byte == b';') {
            let equals = pair.iter().position(|&byte| byte == b'=');
            let Some(equals) = equals.filter(|&equals| self.names(&pair[..equals])) else {
                escape.write(out, pair);
                continue;
            };
            escape.write(out, &pair[..=equals]);
            out.extend_from_slice(REDACTED.as_bytes());
            let last = pair[pair.len() - 1];
            if last == b'&' || last == b';' {
                out.push(last);
            }
        }
    }
}

const fn length_bit(word: &[u8]) -> u32 {
    1 << (word.len() % 32)
}

/// The words of a name: it is split at what is no letter or digit, and before a capital after a small letter.
struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.rest.iter().position(u8::is_ascii_alphanumeric)?;
        let rest = &self.rest[start..];
        let ends = |pair: &[u8]| {
            !pair[1].is_ascii_alphanumeric() || (pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        };
        let end = rest.windows(2).position(ends).map_or(rest.len(), |index| index + 1);
        self.rest = &rest[end..];
        Some(&rest[..end])
    }
}

/// A name with its percent-encoding undone, so that `%74oken` does not pass.
fn decoded(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&first, tail)) = rest.split_first() {
        let pair = (first == b'%').then(|| tail.first_chunk::<2>()).flatten();
        let byte = pair.and_then(|&[high, low]| Some(hex(high)? << 4 | hex(low)?));
        out.push(byte.unwrap_or(first));
        rest = &tail[if byte.is_some() { 2 } else { 0 }..];
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(uri: &str) -> String {
        let mut out = Vec::new();
        Secrets::new(DEFAULT_SECRETS).write_uri(&mut out, uri.as_bytes(), Escape::Text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_are_split_into_words() {
        let secrets = Secrets::new(DEFAULT_SECRETS);
        for name in
            ["token", "access_token", "X-Amz-Signature", "userPassword", "API-KEY", "apiKey", "a[key]"]
        {
            assert!(secrets.names(name.as_bytes()), "{name}");
        }
        for name in ["", "page", "monkey", "keyboard", "tokens_left", "author", "signed", "%", "%zz", "k%65"]
        {
            assert!(!secrets.names(name.as_bytes()), "{name}");
        }
        for name in ["%74oken", "to%6Ben", "access%5Ftoken", "x%5Bpassword%5D"] {
            assert!(secrets.names(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_name_of_several_words_can_be_a_secret() {
        let secrets = Secrets::new(["account_number"]);
        assert!(secrets.names(b"Account_Number") && !secrets.names(b"account"));
    }

    #[test]
    fn values_of_secrets_go_and_all_else_stays() {
        let cases = [
            ("/a", "/a"),
            ("/a?", "/a?"),
            ("/a?b=1&c", "/a?b=1&c"),
            ("/a?token=x", "/a?token=[redacted]"),
            ("/a?token=x=y&b=2", "/a?token=[redacted]&b=2"),
            ("/a?b=1;password=p?q;&&=&key=", "/a?b=1;password=[redacted];&&=&key=[redacted]"),
            ("/token=1?b=\"", "/token=1?b=\\\""),
            ("https://a.example/?sig=%22", "https://a.example/?sig=[redacted]"),
        ];
        for (uri, expected) in cases {
            assert_eq!(written(uri), expected);
        }
    }
}
