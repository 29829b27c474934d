//! `POST /api/echo`: JSON in, and out what arrived.

use http::request::Parts;
use http::{HeaderMap, header};
use hyperserve_core::{IntoResponse, Response};
use hyperserve_router::Json;
use serde_json::{Value, json};

use super::reached;

/// Answers with the request as the server saw it. The body is bounded by the limit `body_limit`, and its nesting by
/// serde_json's 128 levels.
pub(super) async fn answer(parts: Parts, Json(body): Json<Value>) -> Response {
    let mut echo = reached::describe(&parts);
    echo["method"] = parts.method.as_str().into();
    echo["target"] = parts.uri.path_and_query().map_or("*", |target| target.as_str()).into();
    echo["headers"] = headers(&parts.headers);
    echo["body"] = body;
    json_response(&echo)
}

/// As pairs, since a name may come twice.
fn headers(headers: &HeaderMap) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect()
}

/// A JSON answer that nobody keeps.
pub(super) fn json_response(value: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, value.to_string()).into_response()
}
