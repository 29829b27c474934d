//! Errors of a foreign service over a real socket: told as problems by `Accept`, and otherwise left as they are.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod socket;

use std::time::Duration;

use http::StatusCode;
use hyperserve_core::{Body, Request, Response};
use hyperserve_middleware::error_pages::{ErrorContent, ErrorPagesLayer};
use hyperserve_server::app_fn;
use socket::{ask, is_whole, served};
use tower_http::timeout::TimeoutLayer;
use tower_layer::Layer as _;

async fn answer(request: Request) -> Response {
    let response = Response::builder();
    match request.uri().path() {
        "/slow" => std::future::pending().await,
        "/private" => {
            response.status(401).header("www-authenticate", "Basic realm=\"a\"").body(Body::empty())
        }
        "/text" => response.status(400).header("content-type", "text/plain").body("not so".into()),
        "/own" => response.status(404).header("content-type", "text/html").body("<h1>Own</h1>".into()),
        _ => response.body(Body::empty()),
    }
    .unwrap()
}

fn asked(content: ErrorContent, request: &'static str, accept: &str) -> String {
    let foreign = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(20));
    let app = ErrorPagesLayer::new().with_content(content).layer(foreign.layer(app_fn(answer)));
    let fields = format!("accept: {accept}\r\n");
    let answer = served(app, async |address| ask(address, request, &fields).await);
    assert!(is_whole(&answer) || request.starts_with("HEAD"), "{answer}");
    answer
}

#[test]
fn a_layer_of_tower_http_speaks_in_the_same_voice() {
    let answer = asked(ErrorContent::Keep, "GET /slow", "*/*");
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(answer.contains("content-type: application/problem+json\r\n"), "{answer}");
    assert!(answer.contains("\"status\":408") && answer.contains("vary: accept\r\n"), "{answer}");
    let page = asked(ErrorContent::Keep, "GET /slow", "text/html");
    assert!(page.contains("content-type: text/html; charset=utf-8\r\n") && page.contains("<"), "{page}");
}

#[test]
fn fields_of_the_error_stay() {
    let answer = asked(ErrorContent::Keep, "GET /private", "text/plain");
    assert!(answer.contains("www-authenticate: Basic realm=\"a\"\r\n"), "{answer}");
    assert!(
        answer.contains("cache-control: no-store\r\n") && answer.ends_with("401 Unauthorized\n"),
        "{answer}"
    );
}

#[test]
fn content_stays_unless_asked() {
    assert!(asked(ErrorContent::Keep, "GET /text", "text/html").ends_with("\r\n\r\nnot so"));
    let told = asked(ErrorContent::ReplaceText, "GET /text", "text/plain");
    assert!(told.ends_with("\r\n\r\n400 Bad Request\nnot so\n"), "{told}");
    assert!(asked(ErrorContent::ReplaceText, "GET /own", "text/plain").ends_with("<h1>Own</h1>"));
    assert!(asked(ErrorContent::ReplaceAll, "GET /own", "text/plain").ends_with("\r\n\r\n404 Not Found\n"));
    assert!(asked(ErrorContent::ReplaceAll, "GET /", "text/plain").contains("content-length: 0\r\n"));
}

#[test]
fn head_has_the_head_of_get() {
    let fields = |answer: &str| {
        let mut fields: Vec<_> =
            answer.split("\r\n\r\n").next().unwrap().lines().map(str::to_owned).collect();
        fields.retain(|field| !field.starts_with("date"));
        fields.sort();
        fields
    };
    for (get, head) in [("GET /private", "HEAD /private"), ("GET /slow", "HEAD /slow")] {
        let [get, head] = [get, head].map(|request| asked(ErrorContent::Keep, request, "*/*"));
        assert_eq!(fields(&get), fields(&head));
        assert!(head.ends_with("\r\n\r\n"), "{head}");
    }
}
