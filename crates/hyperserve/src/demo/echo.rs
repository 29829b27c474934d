//! `POST /api/echo`: JSON in, and out what arrived.

use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use hyperserve_core::{DEFAULT_BODY_LIMIT, IntoResponse, Problem, Request, RequestContext, Response};
use serde_json::{Value, json};

use super::reached;

/// Answers with the request as the server saw it. The body is bounded by the limit `body_limit`, and its nesting by
/// serde_json's 128 levels.
pub(super) async fn answer(request: Request) -> Result<Response, Response> {
    if !is_json(request.headers()) {
        let detail = "Send JSON, with the header `content-type: application/json`.";
        return Err(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail.to_owned()));
    }
    let (parts, body) = request.into_parts();
    let limit = RequestContext::of(&parts.extensions).map_or(DEFAULT_BODY_LIMIT, RequestContext::body_limit);
    let bytes = body.collect(limit).await.map_err(IntoResponse::into_response)?;
    let body: Value = serde_json::from_slice(&bytes)
        .map_err(|error| problem(StatusCode::BAD_REQUEST, format!("The body is not JSON: {error}.")))?;
    Ok(json_response(&echo(&parts, &body)))
}

fn echo(parts: &Parts, body: &Value) -> Value {
    let mut echo = reached::describe(parts);
    echo["method"] = parts.method.as_str().into();
    echo["target"] = parts.uri.path_and_query().map_or("*", |target| target.as_str()).into();
    echo["headers"] = headers(&parts.headers);
    echo["body"] = body.clone();
    echo
}

/// As pairs, since a name may come twice.
fn headers(headers: &HeaderMap) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn problem(status: StatusCode, detail: String) -> Response {
    Problem::new(status).with_detail(detail).into_response()
}

/// A JSON answer that nobody keeps.
pub(super) fn json_response(value: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, value.to_string()).into_response()
}
