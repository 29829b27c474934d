//! Conditions: those of a client, answered from the store (RFC 9111 §4.3.2), and our own (§4.3.1).

use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue};

use hyperserve_core::fields::{Quotes, date, is_same_tag, members};

/// Whether a request has conditions that a store can answer.
pub(super) fn is_conditional(request: &HeaderMap) -> bool {
    request.contains_key(IF_NONE_MATCH) || request.contains_key(IF_MODIFIED_SINCE)
}

/// Whether what the client has is what a stored response has (RFC 9110 §13.2.2, steps 3 and 4).
pub(super) fn is_not_modified(request: &HeaderMap, stored: &HeaderMap) -> bool {
    if request.contains_key(IF_NONE_MATCH) {
        let mut lines = request.get_all(IF_NONE_MATCH).iter();
        return lines.any(|line| names(line, stored.get(ETAG)));
    }
    if !request.contains_key(IF_MODIFIED_SINCE) {
        return false;
    }
    // A stored response has a date, if nothing better (RFC 9111 §4.3.2).
    let changed = date(stored, &LAST_MODIFIED).or_else(|| date(stored, &http::header::DATE));
    match (changed, date(request, &IF_MODIFIED_SINCE)) {
        (Some(changed), Some(since)) => changed <= since,
        _ => false,
    }
}

fn names(line: &HeaderValue, tag: Option<&HeaderValue>) -> bool {
    let is_it = |member: &[u8]| member == b"*" || tag.is_some_and(|tag| is_same_tag(member, tag.as_bytes()));
    members(line.as_bytes(), Quotes::EntityTag).any(is_it)
}

pub(super) fn has_validator(headers: &HeaderMap) -> bool {
    headers.contains_key(ETAG) || headers.contains_key(LAST_MODIFIED)
}

/// Puts the validators of a stored response in the place of the client's conditions (RFC 9111 §4.3.1).
pub(super) fn ask_about(stored: &HeaderMap, request: &mut HeaderMap) {
    strip(request);
    if let Some(tag) = stored.get(ETAG) {
        request.insert(IF_NONE_MATCH, tag.clone());
    }
    if let Some(changed) = stored.get(LAST_MODIFIED) {
        request.insert(IF_MODIFIED_SINCE, changed.clone());
    }
}

/// Takes a client's conditions away, so that the answer is whole.
pub(super) fn strip(request: &mut HeaderMap) {
    request.remove(IF_NONE_MATCH);
    request.remove(IF_MODIFIED_SINCE);
}

/// Whether a 304 is about a stored response: its validators, if it has any, are the same (RFC 9111 §4.3.4).
pub(super) fn is_about(answer: &HeaderMap, stored: &HeaderMap) -> bool {
    let Some(tag) = answer.get(ETAG) else {
        let changed = answer.get(LAST_MODIFIED);
        return changed.is_none() || changed == stored.get(LAST_MODIFIED);
    };
    stored.get(ETAG).is_some_and(|known| is_same_tag(tag.as_bytes(), known.as_bytes()))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn fields(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let field = |&(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        fields.iter().map(field).collect()
    }

    const EARLY: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATE: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    #[test]
    fn tags_are_compared_weakly() {
        let stored = fields(&[("etag", "\"a,b\"")]);
        for line in ["\"a,b\"", "W/\"a,b\"", "\"x\", W/\"a,b\"", "*"] {
            assert!(is_not_modified(&fields(&[("if-none-match", line)]), &stored), "{line}");
        }
        for line in ["\"a\"", "a,b", "w/\"a,b\"", "\"A,B\"", ""] {
            assert!(!is_not_modified(&fields(&[("if-none-match", line)]), &stored), "{line}");
        }
        assert!(!is_not_modified(&fields(&[]), &stored));
    }

    #[test]
    fn a_tag_leaves_dates_aside() {
        let stored = fields(&[("etag", "\"a\""), ("last-modified", EARLY)]);
        let request = fields(&[("if-none-match", "\"b\""), ("if-modified-since", LATE)]);
        assert!(!is_not_modified(&request, &stored));
    }

    #[test]
    fn dates_are_compared() {
        let since = |date| fields(&[("if-modified-since", date)]);
        let stored = fields(&[("last-modified", EARLY), ("date", LATE)]);
        assert!(is_not_modified(&since(EARLY), &stored) && is_not_modified(&since(LATE), &stored));
        let stored = fields(&[("date", LATE)]);
        assert!(!is_not_modified(&since(EARLY), &stored) && is_not_modified(&since(LATE), &stored));
        assert!(!is_not_modified(&since("soon"), &stored));
    }

    #[test]
    fn our_conditions_take_the_place_of_the_clients() {
        let mut request = fields(&[("if-none-match", "\"mine\""), ("if-modified-since", LATE)]);
        ask_about(&fields(&[("etag", "\"a\"")]), &mut request);
        assert_eq!(request, fields(&[("if-none-match", "\"a\"")]));
        ask_about(&fields(&[("last-modified", EARLY)]), &mut request);
        assert_eq!(request, fields(&[("if-modified-since", EARLY)]));
    }

    #[test]
    fn a_304_is_about_what_it_names() {
        let stored = fields(&[("etag", "\"a\""), ("last-modified", EARLY)]);
        for about in [&[][..], &[("etag", "W/\"a\"")], &[("last-modified", EARLY)]] {
            assert!(is_about(&fields(about), &stored), "{about:?}");
        }
        for other in [("etag", "\"b\""), ("last-modified", LATE)] {
            assert!(!is_about(&fields(&[other]), &stored), "{other:?}");
        }
        assert!(!is_about(&fields(&[("etag", "\"b\"")]), &fields(&[("last-modified", EARLY)])));
    }
}
