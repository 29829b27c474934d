//! Answers that do not depend on the request's content.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyperserve_core::{Body, IntoResponse, Problem, Response};

use super::pieces::{Piece, Pieces};

/// Between the pieces of a stream, so that each is a write of its own.
const GAP: Duration = Duration::from_millis(10);

fn with(mut answer: Response, fields: &[(HeaderName, &'static str)]) -> Response {
    for (name, value) in fields {
        answer.headers_mut().append(name.clone(), HeaderValue::from_static(value));
    }
    answer
}

/// 200 with plain text.
pub fn text(text: impl Into<String>) -> Response {
    with(Response::new(Body::from(text.into())), &[(header::CONTENT_TYPE, "text/plain; charset=utf-8")])
}

/// 200 with JSON.
#[must_use]
pub fn json(value: &serde_json::Value) -> Response {
    with(Response::new(Body::from(value.to_string())), &[(header::CONTENT_TYPE, "application/json")])
}

/// 200 with `n` times the letter x.
pub(super) fn bytes(n: usize) -> Response {
    with(Response::new(Body::from(vec![b'x'; n])), &[(header::CONTENT_TYPE, "application/octet-stream")])
}

/// Any status, with content whether the status allows it or not: what it does not allow must not reach the client.
pub(super) fn status(code: u16) -> Response {
    let mut answer = text(format!("status {code}"));
    *answer.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST);
    answer
}

/// 204.
pub(super) fn empty() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// 304 with its validator.
pub(super) fn not_modified() -> Response {
    with(StatusCode::NOT_MODIFIED.into_response(), &[(header::ETAG, "\"conformance\"")])
}

/// 204 to `OPTIONS *`.
pub(super) fn options() -> Response {
    with(empty(), &[(header::ALLOW, "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, QUERY")])
}

/// Two cookies, which may not be joined into one field (RFC 9110 §5.3).
pub(super) fn cookies() -> Response {
    with(text("OK"), &[(header::SET_COOKIE, "a=1"), (header::SET_COOKIE, "b=2")])
}

/// An answer after which the app wants the connection closed.
pub(super) fn close() -> Response {
    with(text("bye"), &[(header::CONNECTION, "close")])
}

/// 404.
pub(super) fn not_found() -> Response {
    Problem::new(StatusCode::NOT_FOUND).into_response()
}

fn data(text: &'static str) -> Piece {
    Piece::Data(Bytes::from_static(text.as_bytes()))
}

fn flow(pieces: Vec<Piece>) -> Response {
    let answer = Response::new(Body::new(Pieces::new(pieces, GAP)));
    with(answer, &[(header::CONTENT_TYPE, "text/plain; charset=utf-8")])
}

/// Three pieces of unknown length.
pub(super) fn stream() -> Response {
    flow(vec![data("one\n"), data("two\n"), data("three\n")])
}

/// Content, then a trailer.
pub(super) fn trailers() -> Response {
    let trailers =
        HeaderMap::from_iter([(HeaderName::from_static("x-checksum"), HeaderValue::from_static("2a"))]);
    let answer = flow(vec![data("content"), Piece::Trailers(trailers)]);
    with(answer, &[(header::TRAILER, "x-checksum")])
}

/// Content that breaks off because the app fails.
pub(super) fn fail_midway() -> Response {
    flow(vec![data("first half"), Piece::Failure])
}
