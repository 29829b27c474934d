//! [`Coding`]: the content codings that are taken, and reading `Content-Encoding`.

use std::fmt;

use http::{HeaderMap, header};

/// A content coding that requests may have (RFC 9110 §8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// `gzip` (RFC 1952), also called `x-gzip`.
    Gzip,
    /// `deflate`: the zlib format (RFC 1950).
    Deflate,
    /// `br` (RFC 7932).
    Brotli,
    /// `zstd` (RFC 8878), with windows of at most 8 MiB (RFC 9659 §3).
    Zstd,
}

impl Coding {
    pub(super) const ALL: [Self; 4] = [Self::Gzip, Self::Deflate, Self::Brotli, Self::Zstd];

    /// The name in header fields.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("x-gzip") {
            return Some(Self::Gzip);
        }
        Self::ALL.into_iter().find(|coding| name.eq_ignore_ascii_case(coding.name()))
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The codings of a content in the order in which they were applied (RFC 9110 §8.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stack {
    pub(super) first: Option<Coding>,
    pub(super) second: Option<Coding>,
}

/// Why a `Content-Encoding` is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    Unknown,
    TooMany,
}

impl Stack {
    /// Reads all the lines of `Content-Encoding`; `identity` and empty elements count for nothing.
    pub(super) fn of(headers: &HeaderMap, taken: &[Coding]) -> Result<Self, NotTaken> {
        let mut stack = Self::default();
        for value in headers.get_all(header::CONTENT_ENCODING) {
            for name in value.to_str().map_err(|_| NotTaken::Unknown)?.split(',').map(str::trim_ascii) {
                if !name.is_empty() && !name.eq_ignore_ascii_case("identity") {
                    let known = Coding::named(name).filter(|coding| taken.contains(coding));
                    stack.push(known.ok_or(NotTaken::Unknown)?)?;
                }
            }
        }
        Ok(stack)
    }

    const fn push(&mut self, coding: Coding) -> Result<(), NotTaken> {
        match self {
            Self { first: None, .. } => self.first = Some(coding),
            Self { second: None, .. } => self.second = Some(coding),
            _ => return Err(NotTaken::TooMany),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Coding::{Brotli, Gzip, Zstd};
    use super::*;
    use http::HeaderValue;

    fn stack(lines: &[&'static [u8]], taken: &[Coding]) -> Result<Stack, NotTaken> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::CONTENT_ENCODING, HeaderValue::from_bytes(line).unwrap());
        }
        Stack::of(&headers, taken)
    }

    #[test]
    fn table() {
        let one = |first| Ok(Stack { first: Some(first), second: None });
        let two = |first, second| Ok(Stack { first: Some(first), second: Some(second) });
        let cases: &[(&[&'static [u8]], Result<Stack, NotTaken>)] = &[
            (&[], Ok(Stack::default())),
            (&[b""], Ok(Stack::default())),
            (&[b"identity, Identity"], Ok(Stack::default())),
            (&[b"gzip"], one(Gzip)),
            (&[b"X-GZip"], one(Gzip)),
            (&[b" BR ,"], one(Brotli)),
            (&[b"identity, zstd"], one(Zstd)),
            (&[b"br, gzip"], two(Brotli, Gzip)),
            (&[b"br", b"gzip"], two(Brotli, Gzip)),
            (&[b"gzip,gzip,gzip"], Err(NotTaken::TooMany)),
            (&[b"gzip,gzip", b"br"], Err(NotTaken::TooMany)),
            (&[b"compress"], Err(NotTaken::Unknown)),
            (&[b"gzip; q=1"], Err(NotTaken::Unknown)),
            (&[b"gzip", b"aes128gcm"], Err(NotTaken::Unknown)),
            (&[b"\xff"], Err(NotTaken::Unknown)),
        ];
        for (lines, expected) in cases {
            assert_eq!(stack(lines, &Coding::ALL), *expected, "{lines:?}");
        }
        assert_eq!(stack(&[b"br"], &[Gzip]), Err(NotTaken::Unknown));
    }
}
