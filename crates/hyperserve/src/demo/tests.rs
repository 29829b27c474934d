//! The first page in process, as no server serves it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use hyperserve_core::{Body, Request, Response};
use serde_json::{Value, json};
use tower_service::Service;

use super::*;

/// None of the answers tested here waits for anything.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the answer waits"),
    }
}

fn ask(method: &str, path: &str, content_type: &str, body: &'static str) -> Response {
    let request = Request::builder().method(method).uri(path).header("content-type", content_type);
    let Ok(response) = now(app().into_service().unwrap().call(request.body(Body::from(body)).unwrap()));
    response
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(response.body().as_bytes().unwrap()).unwrap()
}

fn value(response: &Response) -> Value {
    serde_json::from_str(text(response)).unwrap()
}

#[test]
fn every_file_of_the_page_is_there_with_its_type() {
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ] {
        let response = ask("GET", path, "", "");
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &kind.parse().unwrap())
        );
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert!(
            response.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'")
        );
    }
}

#[test]
fn what_is_not_there_and_what_is_not_allowed_are_problems() {
    let missing = ask("GET", "/nothing", "", "");
    assert_eq!(missing.status(), 404);
    assert!(missing.extensions().get::<Problem>().is_some());
    assert!(!missing.headers()["content-security-policy"].to_str().unwrap().contains("script-src"));
    let wrong = ask("GET", "/api/echo", "", "");
    assert_eq!(wrong.status(), 405);
    assert!(wrong.headers()["allow"].to_str().unwrap().contains("POST"));
    assert!(wrong.headers().contains_key("content-security-policy"));
    assert_eq!(ask("POST", "/", "", "").status(), 405);
}

#[test]
fn a_server_that_does_not_run_is_not_ready() {
    assert_eq!(ask("GET", "/healthz", "", "").status(), 503);
}

#[test]
fn json_is_echoed_and_other_things_are_told_apart() {
    let echoed =
        ask("POST", "/api/echo?a=b", "application/json; charset=utf-8", r#"{"deep":[1,{"x":null}]}"#);
    let answer = value(&echoed);
    assert_eq!(answer["body"], json!({"deep": [1, {"x": null}]}));
    assert_eq!((&answer["method"], &answer["target"]), (&"POST".into(), &"/api/echo?a=b".into()));
    assert_eq!(answer["headers"][0], json!(["content-type", "application/json; charset=utf-8"]));
    assert_eq!(ask("POST", "/api/echo", "text/plain", "{}").status(), 415);
    let broken = ask("POST", "/api/echo", "application/json", r#"{"a":}"#);
    assert_eq!(broken.status(), 400);
    assert!(text(&broken).contains("line 1 column 6"), "{}", text(&broken));
}

#[test]
fn an_upload_is_counted() {
    let answer = value(&ask("POST", "/api/upload", "application/octet-stream", "twelve bytes"));
    assert_eq!((&answer["bytes"], &answer["blocks"]), (&12.into(), &1.into()));
}

#[test]
fn figures_hold_what_the_page_shows() {
    let figures = value(&ask("GET", "/api/figures", "", ""));
    assert_eq!(figures["connections"]["open"], 0);
    assert_eq!((&figures["workers"], &figures["ready"]), (&0.into(), &false.into()));
    assert_eq!(figures["reached"]["protocol"], "HTTP/1.1");
    assert_eq!(figures["reached"]["tls"], Value::Null);
}
