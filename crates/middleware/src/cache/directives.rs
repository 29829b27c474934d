//! `Cache-Control`, as a request and as a response says it (RFC 9111 §5.2).

use http::HeaderMap;
use http::header::CACHE_CONTROL;
use hyperserve_core::fields::{Quotes, members};

/// Longer times than this are this (RFC 9111 §1.2.2): 68 years.
const LONGEST: u64 = 1 << 31;

/// What a response says. Times are in seconds.
///
/// `private` and `no-cache` with field names count as without them, which is stricter than they are (RFC 9111 §5.2.2.4 and
/// §5.2.2.7 allow it). `must-understand` is passed over, so that the `no-store` beside it holds (§5.2.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ResponseDirectives {
    pub(super) no_store: bool,
    pub(super) no_cache: bool,
    pub(super) private: bool,
    pub(super) public: bool,
    pub(super) must_revalidate: bool,
    pub(super) proxy_revalidate: bool,
    pub(super) max_age: Option<u64>,
    pub(super) s_maxage: Option<u64>,
    pub(super) stale_while_revalidate: Option<u64>,
    pub(super) stale_if_error: Option<u64>,
}

impl ResponseDirectives {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        each(headers, |name, argument| said.take(name, argument));
        said
    }

    fn take(&mut self, name: &[u8], argument: Option<&[u8]>) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("max-age") {
            set(&mut self.max_age, argument);
        } else if is("s-maxage") {
            set(&mut self.s_maxage, argument);
        } else if is("no-store") {
            self.no_store = true;
        } else if is("no-cache") {
            self.no_cache = true;
        } else if is("private") {
            self.private = true;
        } else if is("public") {
            self.public = true;
        } else if is("must-revalidate") {
            self.must_revalidate = true;
        } else if is("proxy-revalidate") {
            self.proxy_revalidate = true;
        } else if is("stale-while-revalidate") {
            set(&mut self.stale_while_revalidate, argument);
        } else if is("stale-if-error") {
            set(&mut self.stale_if_error, argument);
        }
    }

    /// Whether the response may never be used stale (RFC 9111 §4.2.4); `s-maxage` says so too (§5.2.2.10).
    pub(super) const fn forbids_stale(&self) -> bool {
        self.no_cache || self.must_revalidate || self.proxy_revalidate || self.s_maxage.is_some()
    }

    /// Whether an answer to a request with `Authorization` may be stored (RFC 9111 §3.5).
    pub(super) const fn shares_authorized(&self) -> bool {
        self.public || self.must_revalidate || self.s_maxage.is_some()
    }

    /// Whether the response says that it is meant for a shared cache.
    pub(super) const fn is_shared(&self) -> bool {
        self.public || self.s_maxage.is_some()
    }
}

/// What a request says (RFC 9111 §5.2.1). Times are in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RequestDirectives {
    pub(super) no_store: bool,
    pub(super) no_cache: bool,
    pub(super) only_if_cached: bool,
    pub(super) max_age: Option<u64>,
    pub(super) min_fresh: Option<u64>,
    pub(super) max_stale: Option<u64>,
}

impl RequestDirectives {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        each(headers, |name, argument| said.take(name, argument));
        said
    }

    fn take(&mut self, name: &[u8], argument: Option<&[u8]>) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("no-cache") {
            self.no_cache = true;
        } else if is("no-store") {
            self.no_store = true;
        } else if is("only-if-cached") {
            self.only_if_cached = true;
        } else if is("max-age") {
            set(&mut self.max_age, argument);
        } else if is("min-fresh") {
            set(&mut self.min_fresh, argument);
        } else if is("max-stale") && argument.is_none() {
            self.max_stale = Some(u64::MAX); // any staleness (§5.2.1.2)
        } else if is("max-stale") {
            set(&mut self.max_stale, argument);
        }
    }
}

fn each<'a>(headers: &'a HeaderMap, mut take: impl FnMut(&'a [u8], Option<&'a [u8]>)) {
    for line in headers.get_all(CACHE_CONTROL) {
        for member in members(line.as_bytes(), Quotes::QuotedString) {
            match member.iter().position(|&byte| byte == b'=') {
                Some(at) => take(member[..at].trim_ascii(), Some(member[at + 1..].trim_ascii())),
                None => take(member, None),
            }
        }
    }
}

/// Two values that differ make none: what they bound is as if it were zero, which is stale (RFC 9111 §4.2.1).
fn set(slot: &mut Option<u64>, argument: Option<&[u8]>) {
    let value = argument.and_then(seconds).unwrap_or(0);
    *slot = Some(if slot.is_some_and(|old| old != value) { 0 } else { value });
}

/// Reads delta-seconds, in quotes too, since a recipient ought to take both forms (RFC 9111 §5.2).
pub(super) fn seconds(text: &[u8]) -> Option<u64> {
    let bare = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    let digit =
        |sum: u64, byte: &u8| byte.is_ascii_digit().then(|| (sum * 10 + u64::from(byte - b'0')).min(LONGEST));
    if bare.is_empty() { None } else { bare.iter().try_fold(0, digit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (CACHE_CONTROL, line.parse().unwrap())).collect()
    }

    fn response(line: &'static str) -> ResponseDirectives {
        ResponseDirectives::of(&headers(&[line]))
    }

    #[test]
    fn names_have_no_case() {
        assert!(
            response("NO-Store").no_store
                && response("Private").private
                && response("s-MaxAge=1").is_shared()
        );
    }

    #[test]
    fn a_directive_in_quotes_is_none() {
        let said = response("private=\"a, no-store\", foo=\"max-age=5\", max-age=\"7\"");
        assert_eq!((said.private, said.no_store, said.max_age), (true, false, Some(7)));
    }

    #[test]
    fn lines_add_up() {
        let said = ResponseDirectives::of(&headers(&["public", "max-age=5, must-revalidate"]));
        assert_eq!((said.public, said.max_age, said.must_revalidate), (true, Some(5), true));
    }

    #[test]
    fn times_that_are_none_are_zero() {
        for line in [
            "max-age",
            "max-age=",
            "max-age=a",
            "max-age=-1",
            "max-age=1.5",
            "max-age=1, max-age=2",
            "max-age='1'",
        ] {
            assert_eq!(response(line).max_age, Some(0), "{line}");
        }
        assert_eq!(response("max-age=1, max-age=1").max_age, Some(1));
        assert_eq!(response("max-age=99999999999999999999999").max_age, Some(LONGEST));
        assert_eq!(response("max-age = 007").max_age, Some(7));
    }

    #[test]
    fn requests_say_what_they_accept() {
        let said = RequestDirectives::of(&headers(&["max-stale, min-fresh=3, Max-Age=0, only-if-cached"]));
        assert_eq!((said.max_stale, said.min_fresh, said.max_age), (Some(u64::MAX), Some(3), Some(0)));
        assert!(said.only_if_cached && !said.no_cache && !said.no_store);
        assert_eq!(RequestDirectives::of(&headers(&["max-stale=x"])).max_stale, Some(0));
    }

    #[test]
    fn some_responses_are_never_stale() {
        for line in
            ["no-cache", "must-revalidate", "proxy-revalidate", "s-maxage=1", "no-cache=\"set-cookie\""]
        {
            assert!(response(line).forbids_stale(), "{line}");
        }
        assert!(!response("max-age=1, public").forbids_stale());
    }
}
