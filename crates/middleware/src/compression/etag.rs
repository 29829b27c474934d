//! Entity tags: strong ones become weak where the bytes change.

use http::{HeaderMap, HeaderValue, header};

/// Makes a strong `ETag` weak. The encoded bytes differ from the plain ones, and from one another by coding, level and
/// flush, so they must not share a strong tag (RFC 9110 §8.8.3.3). A suffix a coding, the other way, would need each
/// handler that compares tags to know of it.
pub(super) fn weaken(headers: &mut HeaderMap) {
    if let Some(weak) = headers.get(header::ETAG).and_then(weakened) {
        headers.insert(header::ETAG, weak);
    }
}

/// The weak form of a strong tag; `None` if it is weak already or not a tag.
fn weakened(tag: &HeaderValue) -> Option<HeaderValue> {
    let tag = tag.as_bytes();
    if !tag.starts_with(b"\"") {
        return None;
    }
    HeaderValue::from_bytes(&[b"W/", tag].concat()).ok()
}

/// Makes a 304 match what was stored. The handler knows only its strong tag; the client holds the weak one that a
/// compressed 200 gave it, and a cache updates nothing from a 304 with a strong tag that it has not stored
/// (RFC 9111 §4.3.4). True if it was so.
pub(super) fn weaken_as_held(headers: &mut HeaderMap, if_none_match: &HeaderValue) -> bool {
    let Some(weak) = headers.get(header::ETAG).and_then(weakened) else { return false };
    let held = if_none_match.as_bytes();
    // The strong form is the end of the weak one, so what is looked for is the whole weak one.
    let is_held = held.windows(weak.len()).any(|window| window == weak.as_bytes());
    if is_held {
        headers.insert(header::ETAG, weak);
    }
    is_held
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_tag(tag: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ETAG, HeaderValue::from_static(tag))])
    }

    #[test]
    fn strong_tags_become_weak() {
        for (tag, expected) in [("\"7\"", "W/\"7\""), ("\"\"", "W/\"\""), ("W/\"7\"", "W/\"7\""), ("7", "7")]
        {
            let mut headers = with_tag(tag);
            weaken(&mut headers);
            assert_eq!(headers[header::ETAG], expected, "{tag}");
        }
        let mut none = HeaderMap::new();
        weaken(&mut none);
        assert!(none.is_empty());
    }

    #[test]
    fn a_304_has_the_tag_that_the_client_holds() {
        for (tag, held, expected) in [
            ("\"7\"", "W/\"7\"", "W/\"7\""),
            ("\"7\"", "\"6\", W/\"7\"", "W/\"7\""),
            ("\"7\"", "\"7\"", "\"7\""),
            ("\"7\"", "W/\"77\"", "\"7\""),
            ("\"7\"", "*", "\"7\""),
            ("W/\"7\"", "W/\"7\"", "W/\"7\""),
        ] {
            let mut headers = with_tag(tag);
            let changed = weaken_as_held(&mut headers, &HeaderValue::from_static(held));
            assert_eq!(headers[header::ETAG], expected, "{tag} {held}");
            assert_eq!(changed, tag != expected);
        }
        assert!(!weaken_as_held(&mut HeaderMap::new(), &HeaderValue::from_static("W/\"7\"")));
    }
}
