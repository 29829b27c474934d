//! Routers in routers.

use http::Uri;
use hyperserve_router::{Router, get};

use super::{Found, found, get_text, says};

fn users() -> Router {
    Router::new().route("/", get(found)).route("/{id}", get(found))
}

#[test]
fn the_inner_root_is_the_prefix() {
    let app = Router::new().nest("/users", users()).nest("/people/", users()).build();
    for (path, answer) in [
        ("/users", "/users"),
        ("/users/", "404"),
        ("/users/7", "/users/{id} id=7"),
        ("/people", "404"),
        ("/people/", "/people/"),
        ("/people/7", "/people/{id} id=7"),
    ] {
        assert_eq!(get_text(&app, path), answer, "{path}");
    }
}

#[test]
fn a_prefix_may_capture_and_nest_again() {
    let inner = Router::new().nest("/posts", users());
    let app = Router::new().nest("/{tenant}/v1", inner).build();
    assert_eq!(get_text(&app, "/a/v1/posts/7"), "/{tenant}/v1/posts/{id} tenant=a,id=7");
}

#[test]
fn nesting_at_the_root_and_merging_are_the_same() {
    for router in
        [Router::new().nest("/", users()), Router::new().nest("", users()), Router::new().merge(users())]
    {
        let app = router.build();
        assert_eq!(get_text(&app, "/"), "/");
        assert_eq!(get_text(&app, "/7"), "/{id} id=7");
    }
}

#[test]
fn handlers_of_nested_routers_see_the_whole_uri() {
    async fn whole(uri: Uri, _: Found) -> String {
        uri.to_string()
    }
    let app = Router::new().nest("/a", Router::new().route("/b", get(whole))).build();
    assert_eq!(get_text(&app, "/a/b?c"), "/a/b?c");
}

#[test]
fn methods_of_one_pattern_may_come_from_two_routers() {
    let one = Router::new().route("/x", get(says("got")));
    let two = Router::new().route("/x", hyperserve_router::post(says("posted")));
    let app = one.merge(two).build();
    assert_eq!(get_text(&app, "/x"), "got");
    assert_eq!(super::ask(&app, "POST", "/x").text, "posted");
}
