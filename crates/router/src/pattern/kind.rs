//! What a typed capture lets through.

use std::str::FromStr;

/// The type of a capture, as in `{id:u64}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Int,
    U32,
    U64,
    I32,
    I64,
    Float,
    Uuid,
    Date,
}

/// Every kind with its name in patterns.
const KINDS: [(&str, Kind); 8] = [
    ("int", Kind::Int),
    ("u32", Kind::U32),
    ("u64", Kind::U64),
    ("i32", Kind::I32),
    ("i64", Kind::I64),
    ("float", Kind::Float),
    ("uuid", Kind::Uuid),
    ("date", Kind::Date),
];

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = KINDS.iter().find(|(known, _)| *known == name);
        known.map(|&(_, kind)| kind).ok_or_else(|| {
            let names = KINDS.map(|(known, _)| known).join(", ");
            format!("`{name}` is no type of capture; there are {names}")
        })
    }
}

impl Kind {
    /// Whether a text from a path, percent-encoded as it came, is of this kind.
    pub(crate) fn takes(self, text: &str) -> bool {
        match self {
            Self::Int => is_integer(text),
            Self::U32 => is_digits(text) && text.parse::<u32>().is_ok(),
            Self::U64 => is_digits(text) && text.parse::<u64>().is_ok(),
            Self::I32 => is_integer(text) && text.parse::<i32>().is_ok(),
            Self::I64 => is_integer(text) && text.parse::<i64>().is_ok(),
            Self::Float => is_decimal(text),
            Self::Uuid => is_uuid(text),
            Self::Date => is_date(text),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits of any count, with or without a minus sign.
fn is_integer(text: &str) -> bool {
    is_digits(text.strip_prefix('-').unwrap_or(text))
}

/// `3`, `-3.25`: digits with a point inside, no exponent.
fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    is_integer(whole) && is_digits(fraction)
}

/// The form with hyphens of RFC 9562 §4, in either case.
fn is_uuid(text: &str) -> bool {
    let groups = text.split('-').map(str::len);
    groups.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// `2026-11-21`: a day of the Gregorian calendar (RFC 3339 §5.6, full-date).
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |length: usize| -> Option<u32> {
        let part = parts.next().filter(|part| part.len() == length && is_digits(part))?;
        part.parse().ok()
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else { return false };
    parts.next().is_none() && (1..=days(year, month)).contains(&day)
}

const fn days(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_its_own() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("int", &["0", "-7", "123456789012345678901234567890"], &["", "-", "+1", "1.0", "0x1", "%31"]),
            ("u32", &["0", "007", "4294967295"], &["4294967296", "-1", "+1", ""]),
            ("u64", &["18446744073709551615"], &["18446744073709551616", "-0"]),
            ("i32", &["-2147483648", "2147483647"], &["2147483648", "--1"]),
            ("i64", &["-9223372036854775808"], &["9223372036854775808"]),
            ("float", &["1", "-1.5", "0.25"], &["1.", ".5", "1e3", "NaN", "inf", "1.5.2"]),
            (
                "uuid",
                &["0194f5c2-7b1e-7d3a-9f00-0123456789aB"],
                &["0194f5c27b1e7d3a9f000123456789ab", "0194f5c2-7b1e-7d3a-9f00-0123456789ag", ""],
            ),
            (
                "date",
                &["2026-11-21", "2024-02-29"],
                &["2026-02-29", "1900-02-29", "2026-13-01", "2026-1-01", "2026-00-10"],
            ),
        ];
        for (name, good, bad) in cases {
            let kind: Kind = name.parse().unwrap();
            for text in *good {
                assert!(kind.takes(text), "{name} {text}");
            }
            for text in *bad {
                assert!(!kind.takes(text), "{name} {text}");
            }
        }
    }
}
