//! Methods.

use http::Method;
use hyperserve_router::{Router, any, get, on, post};

use super::{ask, says};

fn app() -> hyperserve_router::RouterService {
    Router::new()
        .route("/item", get(says("got")).delete(says("deleted")))
        .route("/item", post(says("posted")))
        .route("/own", get(says("got")).head(says("")).options(says("asked")))
        .route("/any", any(says("any")).get(says("got")))
        .route("/find", hyperserve_router::query(says("found")))
        .route("/dav", on(Method::from_bytes(b"PROPFIND").unwrap(), says("props")))
        .build()
}

#[test]
fn each_method_has_its_handler() {
    let app = app();
    for (method, path, text) in [
        ("GET", "/item", "got"),
        ("DELETE", "/item", "deleted"),
        ("POST", "/item", "posted"),
        ("OPTIONS", "/own", "asked"),
        ("GET", "/any", "got"),
        ("TRACE", "/any", "any"),
        ("QUERY", "/find", "found"),
        ("PROPFIND", "/dav", "props"),
    ] {
        let answer = ask(&app, method, path);
        assert_eq!((answer.status, &*answer.text), (200, text), "{method} {path}");
    }
}

#[test]
fn what_is_not_allowed_is_told_with_what_is() {
    let app = app();
    for (method, path, allow) in [
        ("PUT", "/item", "GET, HEAD, POST, DELETE, OPTIONS"),
        ("GET", "/find", "OPTIONS, QUERY"),
        ("GET", "/dav", "OPTIONS, PROPFIND"),
    ] {
        let answer = ask(&app, method, path);
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[test]
fn options_is_answered() {
    let app = app();
    let answer = ask(&app, "OPTIONS", "/item");
    assert_eq!((answer.status, answer.header("allow")), (204, "GET, HEAD, POST, DELETE, OPTIONS"));
    let answer = ask(&app, "OPTIONS", "*");
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("allow"), "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, QUERY");
    assert_eq!(ask(&app, "OPTIONS", "/nowhere").status, 404);
}

#[test]
fn head_is_get_without_content() {
    let app = app();
    let answer = ask(&app, "HEAD", "/item");
    assert_eq!((answer.status, answer.header("content-length"), &*answer.text), (200, "3", ""));
    let answer = ask(&app, "HEAD", "/any");
    assert_eq!((answer.status, answer.header("content-length"), &*answer.text), (200, "3", ""));
    let answer = ask(&app, "HEAD", "/nowhere");
    assert_eq!((answer.status, &*answer.text), (404, ""));
}
