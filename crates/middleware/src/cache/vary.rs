//! Which of the responses stored for one URI is for a request (RFC 9111 §4.1).

use std::hash::{Hash as _, Hasher};

use http::header::{HeaderName, VARY};
use http::{HeaderMap, HeaderValue};
use hyperserve_core::fields::{Quotes, members};

/// The request fields that a response's `Vary` nominates, and what they were.
#[derive(Debug, Default)]
pub(super) struct Nominated {
    /// A field that the request had not is `None`.
    fields: Box<[(HeaderName, Option<Known>)]>,
}

/// What a request had in one field.
#[derive(Debug)]
struct Known {
    /// As it stood, if it was one line: what most requests have again, byte by byte.
    line: Option<HeaderValue>,
    normal: Box<[u8]>,
}

impl Known {
    fn of(request: &HeaderMap, name: &HeaderName) -> Self {
        // A copy: the value itself may be a small part of the buffer that the connection was read into.
        let copy = |line: &HeaderValue| HeaderValue::from_bytes(line.as_bytes()).ok();
        Self { line: only_line(request, name).and_then(copy), normal: normal(request, name) }
    }

    fn is_in(&self, request: &HeaderMap, name: &HeaderName) -> bool {
        let same_line = self.line.is_some() && only_line(request, name) == self.line.as_ref();
        same_line || (request.contains_key(name) && *normal(request, name) == *self.normal)
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

fn only_line<'a>(request: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut lines = request.get_all(name).iter();
    lines.next().filter(|_| lines.next().is_none())
}

impl Nominated {
    /// `None` for `Vary: *`, and for what is no name of a field: nothing matches these.
    pub(super) fn of(response: &HeaderMap, request: &HeaderMap) -> Option<Self> {
        let mut fields: Vec<(HeaderName, Option<Known>)> = Vec::new();
        for line in response.get_all(VARY) {
            for member in members(line.as_bytes(), Quotes::QuotedString) {
                let name = HeaderName::from_bytes(member).ok().filter(|_| member != b"*")?;
                if !fields.iter().any(|(known, _)| *known == name) {
                    let value = request.contains_key(&name).then(|| Known::of(request, &name));
                    fields.push((name, value));
                }
            }
        }
        Some(Self { fields: fields.into() })
    }

    pub(super) fn matches(&self, request: &HeaderMap) -> bool {
        self.fields.iter().all(|(name, known)| match known {
            None => !request.contains_key(name),
            Some(known) => known.is_in(request, name),
        })
    }

    /// Whether another response is for the same requests.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.fields == other.fields
    }

    /// A number for what a request has in these fields.
    pub(super) fn fingerprint(&self, request: &HeaderMap, mut hasher: impl Hasher) -> u64 {
        for (name, _) in &self.fields {
            request.contains_key(name).then(|| normal(request, name)).hash(&mut hasher);
        }
        hasher.finish()
    }

    pub(super) fn weight(&self) -> usize {
        let field = |(name, known): &(HeaderName, Option<Known>)| {
            128 + name.as_str().len() + known.as_ref().map_or(0, |known| 2 * known.normal.len())
        };
        self.fields.iter().map(field).sum()
    }
}

/// Lines in one, white space round commas removed: what RFC 9111 §4.1 lets a cache take for the same.
fn normal(request: &HeaderMap, name: &HeaderName) -> Box<[u8]> {
    let mut value = Vec::new();
    for part in parts(request, name) {
        if !value.is_empty() {
            value.push(b',');
        }
        value.extend_from_slice(part);
    }
    value.into()
}

fn parts<'a>(request: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    let of_line = |line: &'a HeaderValue| members(line.as_bytes(), Quotes::QuotedString);
    request.get_all(name).into_iter().flat_map(of_line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let field = |&(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        fields.iter().map(field).collect()
    }

    fn nominated(vary: &'static str, request: &HeaderMap) -> Option<Nominated> {
        Nominated::of(&fields(&[("vary", vary)]), request)
    }

    #[test]
    fn nominated_fields_must_match() {
        let german = fields(&[("accept-language", "de")]);
        let found = nominated("Accept-Language, accept-language", &german).unwrap();
        assert!(found.matches(&german));
        assert!(found.matches(&fields(&[("accept-language", "de"), ("accept", "text/html")])));
        assert!(!found.matches(&fields(&[("accept-language", "en")])));
        assert!(!found.matches(&fields(&[("accept-language", "DE")])));
        assert!(!found.matches(&fields(&[])));
        assert!(nominated("", &german).unwrap().matches(&fields(&[])));
    }

    #[test]
    fn absent_is_not_empty() {
        let none = nominated("x-a", &fields(&[])).unwrap();
        assert!(none.matches(&fields(&[])) && !none.matches(&fields(&[("x-a", "")])));
        let empty = nominated("x-a", &fields(&[("x-a", "")])).unwrap();
        assert!(!empty.matches(&fields(&[])) && empty.matches(&fields(&[("x-a", "")])));
    }

    #[test]
    fn white_space_and_lines_do_not_count() {
        let one = nominated("accept", &fields(&[("accept", "a, b,c")])).unwrap();
        assert!(one.matches(&fields(&[("accept", "a"), ("accept", "b ,  c")])));
        assert!(!one.matches(&fields(&[("accept", "c, b, a")])));
        let quoted = nominated("accept", &fields(&[("accept", "\"a, b\"")])).unwrap();
        assert!(!quoted.matches(&fields(&[("accept", "\"a,b\"")])));
    }

    #[test]
    fn a_star_matches_nothing() {
        let request = fields(&[]);
        assert!(nominated("*", &request).is_none() && nominated("accept, *", &request).is_none());
        assert!(nominated("no name", &request).is_none());
    }

    #[test]
    fn a_fingerprint_is_of_the_request() {
        let hasher = std::hash::DefaultHasher::new;
        let german = fields(&[("accept-language", "de, en")]);
        let found = nominated("accept-language", &german).unwrap();
        let print = |fields: &HeaderMap| found.fingerprint(fields, hasher());
        assert_eq!(print(&german), print(&fields(&[("accept-language", "de,en"), ("accept", "x")])));
        assert_ne!(print(&german), print(&fields(&[("accept-language", "en")])));
        assert_ne!(print(&german), print(&fields(&[])));
    }
}
