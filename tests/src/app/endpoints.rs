//! Endpoints that look at the request.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use hyperserve_core::{
    Body, BodyError, DEFAULT_BODY_LIMIT, IntoResponse, Problem, Request, RequestContext, Response,
};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::messages;

/// The body comes back as it was, with its own type.
pub(crate) async fn echo(request: Request) -> Response {
    let methods = ["POST", "PUT", "PATCH", "DELETE", "QUERY"];
    if !methods.contains(&request.method().as_str()) {
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED)
            .with_header("Allow", methods.join(", "))
            .into_response();
    }
    let kind = request.headers().get(header::CONTENT_TYPE).cloned();
    match collect(request).await {
        Ok(bytes) => {
            let mut answer = Response::new(Body::from(bytes));
            if let Some(kind) = kind {
                answer.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            answer
        }
        Err(refusal) => refusal,
    }
}

/// Reads the whole request, then lets the client wait.
pub(crate) async fn late(request: Request, pause: Duration) -> Response {
    match collect(request).await {
        Ok(_) => {
            tokio::time::sleep(pause).await;
            messages::text("Hello")
        }
        Err(refusal) => refusal,
    }
}

async fn collect(request: Request) -> Result<Bytes, Response> {
    let limit =
        RequestContext::of(request.extensions()).map_or(DEFAULT_BODY_LIMIT, RequestContext::body_limit);
    request.into_body().collect(limit).await.map_err(IntoResponse::into_response)
}

/// Reads the first piece of the body, however long, and answers how long it was; the rest stays unread.
pub(crate) async fn read_some(request: Request) -> Response {
    let mut body = request.into_body();
    match body.frame().await {
        Some(Ok(frame)) => messages::text(frame.data_ref().map_or(0, Bytes::len).to_string()),
        Some(Err(error)) => error.into_response(),
        None => messages::text("0"),
    }
}

/// The request's trailers as JSON, once the whole body is read.
pub(crate) async fn received_trailers(request: Request) -> Response {
    match trailers(request.into_body()).await {
        Ok(trailers) => messages::json(&fields(&trailers)),
        Err(error) => error.into_response(),
    }
}

async fn trailers(mut body: Body) -> Result<HeaderMap, BodyError> {
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        if let Ok(more) = frame?.into_trailers() {
            trailers.extend(more);
        }
    }
    Ok(trailers)
}

/// The request's fields as JSON: name to list of values.
pub(crate) fn headers(request: &Request) -> Response {
    messages::json(&fields(request.headers()))
}

fn fields(map: &HeaderMap) -> serde_json::Value {
    let mut fields: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in map {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        fields.entry(name.as_str()).or_default().push(value);
    }
    json!(fields)
}

/// As the query says: `n` letters, the status `code`, and every other pair as a field.
pub(crate) fn asked_for(request: &Request) -> Response {
    let mut answer = messages::text("x".repeat(number(request, "n", 2)));
    *answer.status_mut() = StatusCode::from_u16(number(request, "code", 200)).unwrap_or_default();
    let query = request.uri().query().unwrap_or_default();
    let mut asked = HeaderMap::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let value: Vec<u8> = percent_decode_str(value).collect();
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(&value)) {
            asked.append(name, value);
        }
    }
    asked.remove("n");
    asked.remove("code");
    // A field that is asked for takes the place of one that would be there.
    answer.headers_mut().extend(asked);
    answer
}

/// `OK`, after so many milliseconds.
pub(crate) async fn slow(time: u64) -> Response {
    tokio::time::sleep(Duration::from_millis(time)).await;
    messages::text("OK")
}

/// A handler that panics: the server makes a 500 of it.
#[expect(clippy::panic, reason = "the suite asks what becomes of a panic")]
pub(crate) fn panic() -> Response {
    panic!("the conformance suite asked for a panic");
}

/// A number of the query, or `default`.
pub fn number<N: std::str::FromStr>(request: &Request, name: &str, default: N) -> N {
    let query = request.uri().query().unwrap_or_default();
    let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    pair.and_then(|(_, value)| value.parse().ok()).unwrap_or(default)
}
