//! `Range` (RFC 9110 §14.2): which bytes are asked for, judged against the length there is.

use std::ops::Range;

use hyperserve_core::fields::{Quotes, members};

/// The most ranges of one request. What asks for more, or for the same bytes twice, is after the work it makes
/// (RFC 9110 §14.2, §17.15).
pub(crate) const MOST_RANGES: usize = 16;

/// What a `Range` field comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ranges {
    /// The whole: another unit, or something that is no range.
    Ignored,
    /// Within the length, in the order asked; one or more.
    Some(Vec<Range<u64>>),
    /// None of them is within the length, or there are too many, or some overlap.
    Refused,
}

/// A range as it is written.
#[derive(Clone, Copy)]
enum Asked {
    From(u64),
    Between(u64, u64),
    Last(u64),
}

/// Reads one `Range` field for `length` bytes.
pub(crate) fn ranges(field: &[u8], length: u64) -> Ranges {
    let Some(set) = bytes_of(field).filter(|_| length > 0) else { return Ranges::Ignored };
    let mut found: Vec<Range<u64>> = Vec::new();
    let mut count = 0;
    for member in members(set, Quotes::QuotedString) {
        let Some(asked) = Asked::read(member) else { return Ranges::Ignored };
        count += 1;
        if count <= MOST_RANGES {
            found.extend(asked.within(length));
        }
    }
    match count {
        0 => Ranges::Ignored,
        _ if found.is_empty() || count > MOST_RANGES || overlap(&found) => Ranges::Refused,
        _ => Ranges::Some(found),
    }
}

/// What follows the unit, if that is bytes; units have no case (RFC 9110 §14.1).
fn bytes_of(field: &[u8]) -> Option<&[u8]> {
    let (unit, set) = field.split_at_checked(6)?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(set)
}

impl Asked {
    fn read(member: &[u8]) -> Option<Self> {
        let dash = member.iter().position(|byte| *byte == b'-')?;
        match (&member[..dash], &member[dash + 1..]) {
            (b"", last) => Some(Self::Last(number(last)?)),
            (first, b"") => Some(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    /// The bytes there are of it; `None` if there are none.
    fn within(self, length: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::From(first) => first..length,
            Self::Between(first, last) => first..last.saturating_add(1).min(length),
            Self::Last(count) => length.saturating_sub(count)..length,
        };
        (range.start < range.end).then_some(range)
    }
}

/// Digits alone; what no number holds is as good as the largest.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        byte.is_ascii_digit().then(|| number.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}

fn overlap(ranges: &[Range<u64>]) -> bool {
    let mut sorted: Vec<_> = ranges.iter().map(|range| (range.start, range.end)).collect();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| pair[1].0 < pair[0].1)
}

#[cfg(test)]
mod exhaustive;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let whole = |range: Range<u64>| Ranges::Some(vec![range]);
        for (field, found) in [
            ("bytes=0-4", whole(0..5)),
            ("Bytes=0-4", whole(0..5)),
            ("bytes=20-", whole(20..26)),
            ("bytes=-5", whole(21..26)),
            ("bytes=-99999", whole(0..26)),
            ("bytes=0-18446744073709551616", whole(0..26)),
            ("bytes=0-99999999999999999999999", whole(0..26)),
            ("bytes=0-4,", whole(0..5)),
            ("bytes=,, 0-4 ,", whole(0..5)),
            ("bytes=0-0, 25-99", Ranges::Some(vec![0..1, 25..26])),
            ("bytes=-1,0-0", Ranges::Some(vec![25..26, 0..1])),
            ("bytes=99-, 0-0", whole(0..1)),
            ("bytes=26-", Ranges::Refused),
            ("bytes=-0", Ranges::Refused),
            ("bytes=99999999999999999999-", Ranges::Refused),
            ("bytes=0-4, 4-6", Ranges::Refused),
            ("bytes=0-, -1", Ranges::Refused),
            ("bytes=0-4, 5-6", Ranges::Some(vec![0..5, 5..7])),
            ("bytes=4-0", Ranges::Ignored),
            ("bytes=", Ranges::Ignored),
            ("bytes=,", Ranges::Ignored),
            ("bytes=a-b", Ranges::Ignored),
            ("bytes=0x1-", Ranges::Ignored),
            ("bytes=+1-2", Ranges::Ignored),
            ("bytes=1 - 2", Ranges::Ignored),
            ("bytes=--1", Ranges::Ignored),
            ("bytes=-", Ranges::Ignored),
            ("bytes 0-4", Ranges::Ignored),
            ("lines=0-4", Ranges::Ignored),
            ("", Ranges::Ignored),
        ] {
            assert_eq!(ranges(field.as_bytes(), 26), found, "{field}");
        }
    }

    #[test]
    fn many_are_refused_and_an_empty_file_has_no_ranges() {
        let set =
            |count: u64| (0..count).map(|at| format!("{}-{}", 2 * at, 2 * at)).collect::<Vec<_>>().join(",");
        assert!(
            matches!(ranges(format!("bytes={}", set(16)).as_bytes(), 100), Ranges::Some(found) if found.len() == 16)
        );
        assert_eq!(ranges(format!("bytes={}", set(17)).as_bytes(), 100), Ranges::Refused);
        assert_eq!(ranges(b"bytes=0-", 0), Ranges::Ignored);
    }
}
