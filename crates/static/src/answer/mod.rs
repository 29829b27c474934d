//! From a [`Resource`] and what a request asks of it to the response.

mod multipart;

use std::ops::Range;

use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use hyperserve_core::{Body, IntoResponse as _, Problem, Response};

use crate::body::FileBody;
use crate::conditions::{Judgement, Presence};
use crate::range::{Ranges, ranges};
use crate::representation::{Content, Representation, Resource};

/// Answers a GET or HEAD.
pub(crate) fn answer(resource: &Resource, method: &Method, headers: &HeaderMap) -> Response {
    let presence = Presence::of(headers);
    let chosen = resource.chosen(headers, presence.accept_encoding);
    if presence.conditions {
        match chosen.validators().judge(headers) {
            Judgement::Met => {}
            Judgement::NotModified => return not_modified(chosen),
            Judgement::Failed => return failed(),
        }
    }
    if presence.range && *method == Method::GET && chosen.validators().is_in_range(headers) {
        return ranged(chosen, headers);
    }
    whole(chosen, method)
}

/// All of it, as the page of another status as well.
pub(crate) fn whole(chosen: &Representation, method: &Method) -> Response {
    let body = if *method == Method::HEAD {
        Body::empty()
    } else {
        body(&chosen.content, 0..chosen.content.length())
    };
    with_head(StatusCode::OK, chosen.head.clone(), body)
}

fn with_head(status: StatusCode, head: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = head;
    response
}

fn not_modified(chosen: &Representation) -> Response {
    with_head(StatusCode::NOT_MODIFIED, chosen.short.clone(), Body::empty())
}

fn failed() -> Response {
    Problem::new(StatusCode::PRECONDITION_FAILED)
        .with_detail("The file is not in the state that the request names.")
        .into_response()
}

fn ranged(chosen: &Representation, headers: &HeaderMap) -> Response {
    let mut lines = headers.get_all(RANGE).iter();
    let (Some(field), None) = (lines.next(), lines.next()) else { return whole(chosen, &Method::GET) };
    match ranges(field.as_bytes(), chosen.content.length()) {
        Ranges::Ignored => whole(chosen, &Method::GET),
        Ranges::Refused => unsatisfiable(chosen),
        Ranges::Some(found) => match &found[..] {
            [one] => single(chosen, one.clone()),
            many => multipart::several(chosen, many),
        },
    }
}

fn single(chosen: &Representation, range: Range<u64>) -> Response {
    let mut head = chosen.head.clone();
    head.insert(CONTENT_LENGTH, (range.end - range.start).into());
    head.insert(CONTENT_RANGE, content_range(&range, chosen.content.length()));
    with_head(StatusCode::PARTIAL_CONTENT, head, body(&chosen.content, range))
}

/// `bytes 0-4/26` (RFC 9110 §14.4).
fn content_range(range: &Range<u64>, length: u64) -> HeaderValue {
    let text = format!("bytes {}-{}/{length}", range.start, range.end - 1);
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("bytes */*"))
}

/// 416 tells how long the file is (RFC 9110 §15.5.17).
fn unsatisfiable(chosen: &Representation) -> Response {
    let length = chosen.content.length();
    let mut response = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE)
        .with_detail(format!(
            "The file has {length} bytes; ask for some of these, at most 16 ranges, none of them twice."
        ))
        .into_response();
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{length}")) {
        response.headers_mut().insert(CONTENT_RANGE, value);
    }
    response
}

pub(crate) fn body(content: &Content, range: Range<u64>) -> Body {
    match content {
        Content::Memory(bytes) => Body::from(slice(bytes, &range)),
        Content::Disk(file, stamp) => Body::of_file(FileBody::new(file.clone(), *stamp, [range])),
    }
}

/// What is in memory is shorter than the address space.
#[allow(clippy::cast_possible_truncation)]
fn slice(bytes: &bytes::Bytes, range: &Range<u64>) -> bytes::Bytes {
    if range.start == 0 && range.end == bytes.len() as u64 {
        return bytes.clone();
    }
    bytes.slice(range.start as usize..range.end as usize)
}
