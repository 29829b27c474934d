//! Every field of up to two ranges, for every length up to twelve, against a model that knows nothing but which bytes there
//! are: a set of them for each range.

use super::*;

const LENGTHS: std::ops::RangeInclusive<u64> = 0..=12;

/// A member of the list as it is written, and what it means for each length.
struct Member {
    text: String,
    means: [Means; 13],
}

#[derive(Clone, Copy, PartialEq)]
enum Means {
    /// The member is as good as not there.
    Nothing,
    NoRange,
    /// A bit for each byte.
    Bytes(u16),
}

impl Member {
    fn new(text: String, means: impl Fn(u64) -> Means) -> Self {
        Self { text, means: std::array::from_fn(|length| means(length as u64)) }
    }

    /// The bytes, of those there are, for which `has` holds, by their places and the length.
    fn bytes(text: String, has: impl Fn(u64, u64) -> bool) -> Self {
        let set = |length| (0..length).filter(|&at| has(at, length)).map(|at| 1 << at).sum();
        Self::new(text, |length| Means::Bytes(set(length)))
    }
}

fn members_of_all_kinds() -> Vec<Member> {
    let numbers = || (0..=13_u64).chain([u64::MAX]);
    let mut all = Vec::new();
    for first in numbers() {
        all.push(Member::bytes(format!("{first}-"), move |at, _| at >= first));
        all.push(Member::bytes(format!("-{first}"), move |at, length| length - at <= first));
        for last in numbers() {
            let text = format!("{first}-{last}");
            all.push(if first > last {
                Member::new(text, |_| Means::NoRange)
            } else {
                Member::bytes(text, move |at, _| at >= first && at <= last)
            });
        }
    }
    all.push(Member::bytes("1-99999999999999999999999".to_owned(), |at, _| at >= 1));
    all.push(Member::bytes("99999999999999999999999-".to_owned(), |_, _| false));
    all.push(Member::bytes("\t007-0009 ".to_owned(), |at, _| (7..=9).contains(&at)));
    all.extend(["", " "].map(|text| Member::new(text.to_owned(), |_| Means::Nothing)));
    let none = [
        "-", "--1", "1", "1 -2", "1- 2", "1-2-3", "+1-2", "a-", "-a", "0x1-", "1-2;q=1", "\"1-2\"",
        "\u{661}-",
    ];
    all.extend(none.map(|text| Member::new(text.to_owned(), |_| Means::NoRange)));
    all
}

fn model(members: &[&Member], length: u64) -> Ranges {
    let means = || {
        members.iter().map(|member| member.means[length as usize]).filter(|means| *means != Means::Nothing)
    };
    if length == 0 || means().count() == 0 || means().any(|means| means == Means::NoRange) {
        return Ranges::Ignored;
    }
    let mut seen = 0;
    let mut found = Vec::new();
    for means in means() {
        let Means::Bytes(set @ 1..) = means else { continue };
        if seen & set != 0 {
            return Ranges::Refused;
        }
        seen |= set;
        found.push(u64::from(set.trailing_zeros())..u64::from(u16::BITS - set.leading_zeros()));
    }
    if found.is_empty() { Ranges::Refused } else { Ranges::Some(found) }
}

fn check(field: &str, members: &[&Member]) {
    for length in LENGTHS {
        assert_eq!(ranges(field.as_bytes(), length), model(members, length), "{field:?} of {length}");
    }
}

#[test]
fn one_range() {
    check("bytes=", &[]);
    for member in &members_of_all_kinds() {
        for field in [format!("bytes={}", member.text), format!("BYTES=, {} ,", member.text)] {
            check(&field, &[member]);
        }
        let other = [
            format!("byte={}", member.text),
            format!("bytes {}", member.text),
            format!("bytes ={}", member.text),
        ];
        for field in other {
            check(&field, &[]);
        }
    }
}

#[test]
fn two_ranges() {
    let all = members_of_all_kinds();
    for one in &all {
        for other in &all {
            check(&format!("bytes={},{}", one.text, other.text), &[one, other]);
        }
    }
}
