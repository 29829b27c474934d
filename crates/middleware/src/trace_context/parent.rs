//! Reading a `traceparent` (W3C Trace Context, §3.2).

use http::{HeaderMap, HeaderName};

use super::ids::{SpanId, TraceFlags, TraceId, byte};

pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What a caller says about its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) trace: TraceId,
    pub(super) span: SpanId,
    pub(super) flags: TraceFlags,
}

impl Parent {
    /// The only `traceparent` of these headers. Where there are several, nobody can tell which counts.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Self::read(value.as_bytes()),
            _ => None,
        }
    }

    /// `version "-" trace-id "-" parent-id "-" trace-flags`. A version above `00` may go on after another dash, and what
    /// it says there is not looked at (§3.2.4); `ff` is none.
    fn read(text: &[u8]) -> Option<Self> {
        let (known, further) = text.split_at_checked(55)?;
        let version = byte(&known[..2])?;
        let ends_well = match version {
            0 => further.is_empty(),
            0xff => false,
            _ => matches!(further, [] | [b'-', ..]),
        };
        let is_divided = [2, 35, 52].iter().all(|&place| known[place] == b'-');
        if !ends_well || !is_divided {
            return None;
        }
        let (trace, span) = (TraceId::read(&known[3..35])?, SpanId::read(&known[36..52])?);
        Some(Self { trace, span, flags: TraceFlags::read(&known[53..])? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "12345678901234567890123456789012";
    const SPAN: &str = "1234567890123456";

    fn read(text: &str) -> Option<String> {
        let parent = Parent::read(text.as_bytes())?;
        Some(format!("{}-{}-{:02x}", parent.trace, parent.span, parent.flags.bits()))
    }

    #[test]
    fn the_known_version_is_read() {
        for (flags, kept) in [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03")] {
            assert_eq!(read(&format!("00-{TRACE}-{SPAN}-{flags}")), Some(format!("{TRACE}-{SPAN}-{kept}")));
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let known = Some(format!("{TRACE}-{SPAN}-01"));
        for end in ["", "-", "-what-the-future-brings", "-.."] {
            assert_eq!(read(&format!("cc-{TRACE}-{SPAN}-01{end}")), known, "{end}");
        }
        for end in [".", "1", "0-x", " "] {
            assert_eq!(read(&format!("cc-{TRACE}-{SPAN}-01{end}")), None, "{end}");
        }
        assert_eq!(read(&format!("01-{TRACE}-{SPAN}")), None);
    }

    #[test]
    fn what_is_malformed_is_none() {
        let upper = "ABCDEF78901234567890123456789012";
        let cases = [
            String::new(),
            "00".into(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!(".0-{TRACE}-{SPAN}-01"),
            format!("0A-{TRACE}-{SPAN}-01"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("000-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01."),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-.0"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{upper}-{SPAN}-01"),
            format!("00-{TRACE}0-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", &TRACE[1..]),
            format!("00-.{}-{SPAN}-01", &TRACE[1..]),
            format!("00-{TRACE}-{SPAN}0-01"),
            format!("00-{TRACE}-{}-01", &SPAN[1..]),
            format!("00-{TRACE}-.{}-01", &SPAN[1..]),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00_{TRACE}_{SPAN}_01"),
            format!(" 00-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-é"),
        ];
        for text in cases {
            assert_eq!(read(&text), None, "{text}");
        }
    }

    #[test]
    fn two_of_them_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(Parent::of(&headers), None);
        headers.append(TRACEPARENT, format!("00-{TRACE}-{SPAN}-01").parse().unwrap());
        assert!(Parent::of(&headers).is_some());
        headers.append(TRACEPARENT, format!("00-{TRACE}-{SPAN}-01").parse().unwrap());
        assert_eq!(Parent::of(&headers), None);
    }
}
