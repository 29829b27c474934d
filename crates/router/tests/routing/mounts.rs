//! Services beneath a prefix.

use std::convert::Infallible;

use hyperserve_core::{Body, Request, RequestContext, Response};
use hyperserve_router::{Router, any_service, get};
use tower::service_fn;

use super::{ask, get_text, says};

async fn echo(request: Request) -> Result<Response, Infallible> {
    let original = RequestContext::of(request.extensions()).and_then(RequestContext::original_uri);
    let original = original.unwrap_or(request.uri());
    Ok(Response::new(Body::from(format!("{} of {original}", request.uri()))))
}

#[test]
fn a_mounted_service_sees_the_rest() {
    let app = Router::new().mount("/files", service_fn(echo)).route("/files/own", get(says("own"))).build();
    for (path, answer) in [
        ("/files", "/ of /files"),
        ("/files/", "/ of /files/"),
        ("/files/a//b?c", "/a//b?c of /files/a//b?c"),
        ("/files/own", "own"),
        ("/filesystem", "404"),
    ] {
        assert_eq!(get_text(&app, path), answer, "{path}");
    }
    assert_eq!(ask(&app, "DELETE", "/files/x").text, "/x of /files/x");
}

#[test]
fn it_may_be_mounted_deep_and_at_the_root() {
    let inner = Router::new().mount("/{area}", service_fn(echo));
    let app = Router::new().nest("/a", inner).build();
    assert_eq!(get_text(&app, "/a/b/c"), "/c of /a/b/c");
    let app = Router::new().mount("/", service_fn(echo)).route("/own", get(says("own"))).build();
    assert_eq!(get_text(&app, "/"), "/ of /");
    assert_eq!(get_text(&app, "/x/y"), "/x/y of /x/y");
    assert_eq!(get_text(&app, "/own"), "own");
}

#[test]
fn a_service_at_a_route_sees_the_whole() {
    let app = Router::new().route("/whole", any_service(service_fn(echo))).build();
    assert_eq!(get_text(&app, "/whole"), "/whole of /whole");
}

#[test]
fn an_error_of_a_service_is_a_500() {
    let failing = service_fn(|_: Request| async { Err::<Response, _>("the database is gone") });
    let app = Router::new().mount("/", failing).build();
    let answer = ask(&app, "GET", "/");
    assert_eq!(answer.status, 500);
    assert!(!answer.text.contains("database"));
}

#[test]
fn a_mount_has_the_place_that_it_was_written_at() {
    let line = line!() + 1;
    let app = Router::new().mount("/files", service_fn(echo)).build();
    let places: Vec<_> = app.routes().map(|route| (route.site.file(), route.site.line())).collect();
    assert!(!places.is_empty() && places.iter().all(|place| *place == (file!(), line)), "{places:?}");
}
