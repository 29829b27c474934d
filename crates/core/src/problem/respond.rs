//! A problem as a response: status, headers, body, and the problem itself in the extensions.

use http::{HeaderMap, HeaderValue, header};

use super::render::render_current;
use super::{Format, Problem};
use crate::{Body, IntoResponse, Response};

/// The response is not to be kept, since many error statuses may be by default (RFC 9111 §4.2.2), and what its
/// type says is not to be second-guessed. A problem that sets either header itself is left alone.
const SAFE: [(header::HeaderName, HeaderValue); 2] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

impl IntoResponse for Problem {
    /// Answers as JSON, with `Cache-Control: no-store` and `X-Content-Type-Options: nosniff` unless the problem
    /// has headers of these names, an exact `Content-Length`, and the problem in the response's extensions.
    fn into_response(self) -> Response {
        log(&self);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        *response.headers_mut() = self.headers().clone();
        for (name, value) in SAFE {
            response.headers_mut().entry(name).or_insert(value);
        }
        put(&mut response, &self, Format::Json);
        response.extensions_mut().insert(self);
        response
    }
}

/// Renders the problem that a response carries once more, in another format, and adds `Vary: Accept`.
///
/// Status and other headers stay. A response that carries no problem, or whose body somebody has encoded or
/// replaced by a stream since, is handed back as it is.
#[must_use]
pub fn rerender(mut response: Response, format: Format) -> Response {
    if response.headers().contains_key(header::CONTENT_ENCODING) || response.body().as_bytes().is_none() {
        return response;
    }
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    if format != Format::Json {
        put(&mut response, &problem, format);
    }
    vary_by_accept(response.headers_mut());
    response
}

fn put(response: &mut Response, problem: &Problem, format: Format) {
    let rendering = render_current(problem, format);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, rendering.content_type);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(rendering.body.len()));
    *response.body_mut() = Body::from(rendering.body);
}

fn vary_by_accept(headers: &mut HeaderMap) {
    let names = |value: &HeaderValue| {
        let mut names = value.to_str().unwrap_or_default().split(',').map(str::trim_ascii);
        names.any(|name| name == "*" || name.eq_ignore_ascii_case("accept"))
    };
    if !headers.get_all(header::VARY).iter().any(names) {
        headers.append(header::VARY, HeaderValue::from_static("accept"));
    }
}

/// Causes are formatted with `Debug`, which escapes control characters: a cause may quote what a client sent.
fn log(problem: &Problem) {
    let Some(cause) = problem.cause() else { return };
    let mut text = cause.to_string();
    let mut next = cause.source();
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    let status = problem.status();
    if status.is_server_error() {
        tracing::error!(status = status.as_u16(), cause = ?text, "request failed");
    } else {
        tracing::debug!(status = status.as_u16(), cause = ?text, "request refused");
    }
}
