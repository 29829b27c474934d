//! Which responses could be compressed at all, by their heads.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyperserve_core::{Body, EndsOnShutdown, Problem, Response};

use super::media_type::Types;

/// Fields that say something of the very bytes (RFC 9530, and their forebears).
static DIGESTS: [HeaderName; 4] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
];

/// Whether the response could be compressed for some client, its length aside, and unless the handler
/// [declines](is_declined).
pub(super) fn is_candidate(response: &Response<Body>, types: &Types) -> bool {
    has_content(response.status())
        && is_of(response.headers(), types)
        && !is_bound(response.headers())
        && response.extensions().get::<EndsOnShutdown>().is_none()
        && response.extensions().get::<Problem>().is_none()
}

/// Whether a handler asks for the content as it is by `Content-Encoding: identity`, a field that is not to be sent
/// (RFC 9110 §8.4.1) and is taken away.
pub(super) fn is_declined(headers: &mut HeaderMap) -> bool {
    let declined = headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if declined {
        headers.remove(header::CONTENT_ENCODING);
    }
    declined
}

fn has_content(status: StatusCode) -> bool {
    let without = [
        StatusCode::NO_CONTENT,
        StatusCode::RESET_CONTENT,
        StatusCode::PARTIAL_CONTENT,
        StatusCode::NOT_MODIFIED,
    ];
    !status.is_informational() && !without.contains(&status)
}

fn is_of(headers: &HeaderMap, types: &Types) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| types.allow(value))
}

/// Whether the bytes must stay as they are.
fn is_bound(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_ENCODING)
        || headers.contains_key(header::CONTENT_RANGE)
        || headers.get_all(header::CACHE_CONTROL).iter().any(forbids_transforming)
        || DIGESTS.iter().any(|name| headers.contains_key(name))
}

/// `no-transform` is meant for intermediaries (RFC 9111 §5.2.2.6); a layer in front of a handler is as good as one.
fn forbids_transforming(cache_control: &HeaderValue) -> bool {
    let mut directives = cache_control.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    directives.any(|directive| directive.eq_ignore_ascii_case(b"no-transform"))
}

/// Says that the response depends on `Accept-Encoding` (RFC 9110 §12.5.5), unless it says so already.
pub(super) fn vary(headers: &mut HeaderMap) {
    let names_it = |value: &HeaderValue| {
        let mut names = value.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        names.any(|name| name == b"*" || name.eq_ignore_ascii_case(b"accept-encoding"))
    };
    if !headers.get_all(header::VARY).iter().any(names_it) {
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_core::IntoResponse as _;

    fn candidate(status: u16, fields: &[(&'static str, &'static str)]) -> bool {
        let mut response = Response::new(Body::from("text"));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
        for (name, value) in fields {
            response.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        is_candidate(&response, &Types::try_new(&[], &[]).unwrap())
    }

    #[test]
    fn statuses_with_whole_content_are_candidates() {
        for (status, expected) in
            [(200, true), (201, true), (404, true), (500, true), (101, false), (204, false), (205, false)]
        {
            assert_eq!(candidate(status, &[]), expected, "{status}");
        }
        assert!(!candidate(206, &[]) && !candidate(304, &[]));
    }

    #[test]
    fn fields_that_bind_the_bytes_are_heeded() {
        for (name, value, expected) in [
            ("content-encoding", "gzip", false),
            ("content-encoding", "identity", false),
            ("content-encoding", "Identity", false),
            ("content-range", "bytes 0-3/4", false),
            ("cache-control", "no-transform", false),
            ("cache-control", "public , No-Transform, max-age=1", false),
            ("cache-control", "no-transformers", true),
            ("cache-control", "no-store", true),
            ("repr-digest", "sha-256=:AA==:", false),
            ("content-digest", "sha-256=:AA==:", false),
            ("x-anything", "1", true),
        ] {
            assert_eq!(candidate(200, &[(name, value)]), expected, "{name}: {value}");
        }
        assert!(!candidate(200, &[("cache-control", "max-age=1"), ("cache-control", "no-transform")]));
    }

    #[test]
    fn identity_is_not_sent() {
        let mut response = Response::new(Body::from("text"));
        response.headers_mut().insert("content-encoding", HeaderValue::from_static("identity"));
        assert!(is_declined(response.headers_mut()) && response.headers().is_empty());
        assert!(!is_declined(response.headers_mut()));
    }

    #[test]
    fn bodies_that_end_with_the_server_and_problems_are_left_alone() {
        let types = Types::try_new(&[], &[]).unwrap();
        let mut endless = "text".into_response();
        assert!(is_candidate(&endless, &types));
        endless.extensions_mut().insert(EndsOnShutdown);
        assert!(!is_candidate(&endless, &types));
        let problem = Problem::new(StatusCode::NOT_FOUND).into_response();
        assert!(!is_candidate(&problem, &types));
    }

    #[test]
    fn vary_is_said_once() {
        for (fields, expected) in [
            (&[][..], &["accept-encoding"][..]),
            (&["accept"], &["accept", "accept-encoding"]),
            (&["Accept-Encoding"], &["Accept-Encoding"]),
            (&["accept , ACCEPT-encoding"], &["accept , ACCEPT-encoding"]),
            (&["x-accept-encoding"], &["x-accept-encoding", "accept-encoding"]),
            (&["*"], &["*"]),
        ] {
            let mut headers = HeaderMap::new();
            for value in fields {
                headers.append(header::VARY, HeaderValue::from_static(value));
            }
            vary(&mut headers);
            assert_eq!(headers.get_all(header::VARY).iter().collect::<Vec<_>>(), expected);
        }
    }
}
