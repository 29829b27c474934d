//! [`Coding`]: the content codings on offer, their names and levels.

use std::fmt;
use std::ops::RangeInclusive;

use http::HeaderValue;

/// A content coding that responses can be given (RFC 9110 §8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// `zstd` (RFC 8878), with a window of at most 512 KiB; RFC 9659 §3 allows 8 MiB. Levels 1 to 9, 3 by default.
    Zstd,
    /// `br` (RFC 7932), with a window of at most 128 KiB. Levels 0 to 9, 4 by default.
    Brotli,
    /// `gzip` (RFC 1952). Levels 1 to 9, 5 by default.
    Gzip,
}

impl Coding {
    /// All of them, in the order in which they are preferred unless told otherwise.
    pub(super) const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// The name in header fields: `zstd`, `br` or `gzip`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The levels there are; a higher one takes longer and gives less.
    ///
    /// The highest of the formats are for files that are compressed once: zstd 19 takes 84 MiB a stream, and Brotli 11
    /// would hold its thread for a second.
    #[must_use]
    pub const fn levels(self) -> RangeInclusive<u8> {
        match self {
            Self::Brotli => 0..=9,
            Self::Zstd | Self::Gzip => 1..=9,
        }
    }

    pub(super) const fn default_level(self) -> u8 {
        match self {
            Self::Zstd => 3,
            Self::Brotli => 4,
            Self::Gzip => 5,
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    pub(super) const fn value(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    /// The coding of this name. Names are compared without case, and `x-gzip` is `gzip` (RFC 9110 §8.4.1).
    pub(super) fn named(name: &str) -> Option<Self> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coding_is_found_by_its_name_and_has_its_place() {
        for (index, coding) in Coding::ALL.into_iter().enumerate() {
            assert_eq!(coding.index(), index);
            assert_eq!(Coding::named(&coding.name().to_ascii_uppercase()), Some(coding));
            assert!(coding.levels().contains(&coding.default_level()));
        }
        assert_eq!(Coding::named("X-GZip"), Some(Coding::Gzip));
        assert_eq!((Coding::named("identity"), Coding::named("*"), Coding::named("")), (None, None, None));
    }
}
