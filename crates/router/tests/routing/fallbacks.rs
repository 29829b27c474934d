//! What answers when no route does.

use http::StatusCode;
use hyperserve_router::{Router, get};

use super::{ask, get_text, says};

#[test]
fn the_longest_prefix_that_has_one_answers() {
    let deep = Router::new().route("/x", get(says("x"))).fallback(says("deep"));
    let plain = Router::new().route("/y", get(says("y"))).nest("/deep", deep);
    let api = Router::new().nest("/plain", plain).fallback(says("api"));
    let app = Router::new().nest("/api", api).fallback(says("root")).build();
    for (path, answer) in [
        ("/", "root"),
        ("/apis", "root"),
        ("/api", "api"),
        ("/api/", "api"),
        ("/api/plain", "api"),
        ("/api/plain/y/", "api"),
        ("/api/plain/y", "y"),
        ("/api/plain/deep", "deep"),
        ("/api/plain/deep/z/z", "deep"),
        ("/api/plain/deep/x", "x"),
    ] {
        assert_eq!(get_text(&app, path), answer, "{path}");
    }
}

#[test]
fn a_wrong_method_is_no_case_for_it() {
    let app = Router::new().route("/x", get(says("x"))).fallback(says("fallback")).build();
    assert_eq!(ask(&app, "POST", "/x").status, 405);
    assert_eq!(ask(&app, "POST", "/y").text, "fallback");
}

#[test]
fn it_answers_with_what_it_likes() {
    let app = Router::new().fallback(async || (StatusCode::IM_A_TEAPOT, "tea")).build();
    assert_eq!(ask(&app, "GET", "/").status, 418);
}

#[test]
fn without_one_a_problem_answers() {
    let answer = ask(&Router::new().build(), "GET", "/");
    assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"));
}
