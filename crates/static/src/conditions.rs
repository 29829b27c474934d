//! Conditions of a request, in the order of RFC 9110 §13.2.2.

use std::time::{Duration, SystemTime};

use http::header::{
    ACCEPT_ENCODING, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderValue};
use hyperserve_core::fields::{Quotes, date, is_same_tag, members};

/// Which fields that matter a request has: one look at all it has, in place of a search for each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Presence {
    pub(crate) conditions: bool,
    pub(crate) range: bool,
    pub(crate) accept_encoding: bool,
}

impl Presence {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut presence = Self::default();
        for name in headers.keys() {
            presence.accept_encoding |= *name == ACCEPT_ENCODING;
            presence.range |= *name == RANGE;
            presence.conditions |= *name == IF_NONE_MATCH
                || *name == IF_MODIFIED_SINCE
                || *name == IF_MATCH
                || *name == IF_UNMODIFIED_SINCE;
        }
        presence
    }
}

/// By what a client can tell whether it has what there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validators<'a> {
    /// A strong one.
    pub(crate) tag: &'a HeaderValue,
    pub(crate) modified: Option<SystemTime>,
}

/// What the conditions of a GET or HEAD come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    Met,
    /// 412.
    Failed,
    /// 304.
    NotModified,
}

impl Validators<'_> {
    pub(crate) fn judge(&self, headers: &HeaderMap) -> Judgement {
        if headers.contains_key(IF_MATCH) {
            if !self.is_named(headers, &IF_MATCH, <[u8]>::eq) {
                return Judgement::Failed;
            }
        } else if self.is_after(date(headers, &IF_UNMODIFIED_SINCE)) == Some(true) {
            return Judgement::Failed;
        }
        let has = if headers.contains_key(IF_NONE_MATCH) {
            self.is_named(headers, &IF_NONE_MATCH, is_same_tag)
        } else {
            self.is_after(date(headers, &IF_MODIFIED_SINCE)) == Some(false)
        };
        if has { Judgement::NotModified } else { Judgement::Met }
    }

    /// Whether ranges of what the client has a part of are ranges of what there is (RFC 9110 §13.1.5): an entity tag that is
    /// strong, or the very date.
    pub(crate) fn is_in_range(&self, headers: &HeaderMap) -> bool {
        let Some(field) = headers.get(IF_RANGE) else { return true };
        if field.as_bytes().starts_with(b"\"") {
            return field == self.tag;
        }
        match (date(headers, &IF_RANGE), self.modified) {
            (Some(date), Some(modified)) => date == modified && is_settled(modified),
            _ => false,
        }
    }

    fn is_named(&self, headers: &HeaderMap, name: &http::HeaderName, same: fn(&[u8], &[u8]) -> bool) -> bool {
        let mut tags =
            headers.get_all(name).iter().flat_map(|line| members(line.as_bytes(), Quotes::EntityTag));
        tags.any(|tag| tag == b"*" || same(tag, self.tag.as_bytes()))
    }

    /// Whether it was modified after a date, if both are known.
    fn is_after(&self, date: Option<SystemTime>) -> Option<bool> {
        Some(self.modified? > date?)
    }
}

/// A date is a strong validator once nothing can be written within its second any more (RFC 9110 §8.8.2.2).
fn is_settled(modified: SystemTime) -> bool {
    SystemTime::now().duration_since(modified).is_ok_and(|age| age >= Duration::from_secs(2))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    const THEN: u64 = 784_111_777;
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn fields(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let field = |&(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        fields.iter().map(field).collect()
    }

    fn with<T>(check: impl FnOnce(Validators<'_>) -> T) -> T {
        let tag = HeaderValue::from_static("\"a,b\"");
        check(Validators { tag: &tag, modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(THEN)) })
    }

    #[test]
    fn conditions_are_judged_in_their_order() {
        use Judgement::{Failed, Met, NotModified};
        let cases: &[(&[(&str, &str)], Judgement)] = &[
            (&[], Met),
            (&[("if-match", "\"a,b\"")], Met),
            (&[("if-match", "\"x\", \"a,b\"")], Met),
            (&[("if-match", "*")], Met),
            (&[("if-match", "\"x\"")], Failed),
            (&[("if-match", "W/\"a,b\"")], Failed),
            (&[("if-match", "\"a,b\""), ("if-unmodified-since", BEFORE)], Met),
            (&[("if-unmodified-since", BEFORE)], Failed),
            (&[("if-unmodified-since", SAME)], Met),
            (&[("if-unmodified-since", "yesterday")], Met),
            (&[("if-none-match", "\"a,b\"")], NotModified),
            (&[("if-none-match", "W/\"a,b\"")], NotModified),
            (&[("if-none-match", "*")], NotModified),
            (&[("if-none-match", "\"x\""), ("if-modified-since", AFTER)], Met),
            (&[("if-none-match", "a,b")], Met),
            (&[("if-modified-since", SAME)], NotModified),
            (&[("if-modified-since", AFTER)], NotModified),
            (&[("if-modified-since", BEFORE)], Met),
            (&[("if-modified-since", "")], Met),
            (&[("if-match", "\"a,b\""), ("if-none-match", "\"a,b\"")], NotModified),
            (&[("if-match", "\"x\""), ("if-none-match", "\"a,b\"")], Failed),
        ];
        for (asked, judged) in cases {
            let asked =
                asked.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            let headers: HeaderMap = asked.collect();
            assert_eq!(with(|validators| validators.judge(&headers)), *judged, "{headers:?}");
        }
    }

    #[test]
    fn only_what_is_strong_and_the_same_makes_ranges_safe() {
        for (value, safe) in [
            ("\"a,b\"", true),
            ("W/\"a,b\"", false),
            ("\"x\"", false),
            (SAME, true),
            (AFTER, false),
            (BEFORE, false),
            ("a,b", false),
        ] {
            let headers = fields(&[("if-range", value)]);
            assert_eq!(with(|validators| validators.is_in_range(&headers)), safe, "{value}");
        }
        assert!(with(|validators| validators.is_in_range(&HeaderMap::new())));
        assert!(!is_settled(SystemTime::now()));
    }
}
