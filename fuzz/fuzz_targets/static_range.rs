//! `Range`: whatever a client asks, the parts lie within the file, in the order asked, none over another, at most 16 of
//! them, and they are those of a model that is too plain to be wrong.

#![no_main]

use http::HeaderValue;
use hyperserve_static::fuzzing::{Fuzzed, ranges};
use libfuzzer_sys::fuzz_target;

const MOST: usize = 16;

// The length of the file in its first line, then the field.
fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (line, field) = input.split_at(end);
    let field = field.strip_prefix(b"\n").unwrap_or(field);
    if HeaderValue::from_bytes(field).is_err() {
        return;
    }
    let length = str::from_utf8(line).ok().and_then(|line| line.parse().ok()).unwrap_or(26);
    for length in [length, length % 20, 0, 1, u64::MAX] {
        let got = ranges(field, length);
        within(&got, length);
        assert_eq!(got, model(field, length), "of {length} bytes: {:?}", String::from_utf8_lossy(field));
    }
});

fn within(got: &Fuzzed, length: u64) {
    let Fuzzed::Parts(parts) = got else { return };
    assert!((1..=MOST).contains(&parts.len()));
    for (index, &(first, last)) in parts.iter().enumerate() {
        assert!(first <= last && last < length, "{first}-{last} of {length}");
        assert!(parts[..index].iter().all(|&(one, other)| last < one || other < first), "{parts:?}");
    }
}

/// RFC 9110 §14.1.1, §14.2 and §15.5.17, by text and wide numbers.
fn model(field: &[u8], length: u64) -> Fuzzed {
    let Some(asked) = str::from_utf8(field).ok().and_then(asked) else { return Fuzzed::Whole };
    if length == 0 {
        return Fuzzed::Whole;
    }
    let length = u128::from(length);
    let parts: Vec<_> = asked.iter().filter_map(|range| range.within(length)).collect();
    let overlap = |one: usize, other: usize| parts[one].0 <= parts[other].1 && parts[other].0 <= parts[one].1;
    let any_overlap = (0..parts.len()).any(|one| (0..one).any(|other| overlap(one, other)));
    if parts.is_empty() || asked.len() > MOST || any_overlap {
        return Fuzzed::Unsatisfiable;
    }
    Fuzzed::Parts(parts.into_iter().map(|(first, last)| (first as u64, last as u64)).collect())
}

enum Asked {
    From(u128),
    Between(u128, u128),
    Last(u128),
}

impl Asked {
    fn of(member: &str) -> Option<Self> {
        let (first, last) = member.split_once('-')?;
        match (first, last) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    /// The first and the last byte; none where it names none of them.
    fn within(&self, length: u128) -> Option<(u128, u128)> {
        let (first, last) = match *self {
            Self::From(first) => (first, length - 1),
            Self::Between(first, last) => (first, last.min(length - 1)),
            Self::Last(0) => return None,
            Self::Last(count) => (length.saturating_sub(count), length - 1),
        };
        (first < length).then_some((first, last))
    }
}

/// The members of a list of byte ranges, if it is one.
fn asked(field: &str) -> Option<Vec<Asked>> {
    let (unit, list) = field.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let members = list.split(',').map(|member| member.trim_matches([' ', '\t']));
    let asked: Option<Vec<_>> = members.filter(|member| !member.is_empty()).map(Asked::of).collect();
    asked.filter(|asked| !asked.is_empty())
}

/// Those that no file can be as long as are all the same.
fn number(digits: &str) -> Option<u128> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let most = u128::from(u64::MAX);
    Some(digits.trim_start_matches('0').parse::<u128>().map_or_else(
        |_| if digits.trim_start_matches('0').is_empty() { 0 } else { most },
        |number| number.min(most),
    ))
}
