//! Typed captures.

use hyperserve_router::{Router, get, post};

use super::{ask, found, get_text, says};

#[test]
fn a_type_decides_between_patterns_of_one_shape() {
    let app = Router::new()
        .route("/o/{name}", get(found))
        .route("/o/{id:u64}", get(found))
        .route("/o/{day:date}", get(found))
        .route("/o/{key:uuid}", get(found))
        .build();
    for (path, answer) in [
        ("/o/42", "/o/{id:u64} id=42"),
        ("/o/2026-11-21", "/o/{day:date} day=2026-11-21"),
        ("/o/0194f5c2-7b1e-7d3a-9f00-0123456789ab", "/o/{key:uuid} key=0194f5c2-7b1e-7d3a-9f00-0123456789ab"),
        ("/o/x", "/o/{name} name=x"),
    ] {
        assert_eq!(get_text(&app, path), answer, "{path}");
    }
}

#[test]
fn what_does_not_fit_goes_to_the_next_pattern_without_types() {
    let app = Router::new()
        .route("/a/{id:int}/x", get(found))
        .route("/a/{*rest}", get(found))
        .route("/b/{id:int}", get(found))
        .build();
    assert_eq!(get_text(&app, "/a/7/x"), "/a/{id:int}/x id=7");
    assert_eq!(get_text(&app, "/a/b/x"), "/a/{*rest} rest=b/x");
    assert_eq!(get_text(&app, "/b/seven"), "404");
}

#[test]
fn methods_may_call_one_capture_differently() {
    let app = Router::new().route("/u/{id}", get(found)).route("/u/{name}", post(found)).build();
    assert_eq!(get_text(&app, "/u/7"), "/u/{id} id=7");
    assert_eq!(ask(&app, "POST", "/u/7").text, "/u/{name} name=7");
    assert_eq!(ask(&app, "PUT", "/u/7").header("allow"), "GET, HEAD, POST, OPTIONS");
}

#[test]
fn many_captures_keep_their_order() {
    let app = Router::new().route("/{a}/{b}/{c}/{d}/{e}/{f}", get(found)).build();
    assert_eq!(get_text(&app, "/1/2/3/4/5/6"), "/{a}/{b}/{c}/{d}/{e}/{f} a=1,b=2,c=3,d=4,e=5,f=6");
}

#[test]
fn static_routes_have_none() {
    let app = Router::new().route("/", get(says("root"))).build();
    assert_eq!(get_text(&app, "/"), "root");
    assert_eq!(get_text(&app, "http://example.com"), "root");
}
