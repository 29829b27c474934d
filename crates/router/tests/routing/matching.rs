//! Paths and patterns.

use hyperserve_router::{Router, get};

use super::{found, get_text, says};

#[test]
fn the_most_specific_pattern_wins() {
    let app = Router::new()
        .route("/users/{id}", get(found))
        .route("/users/me", get(found))
        .route("/users/{*rest}", get(found))
        .route("/users/{id}/posts", get(found))
        .route("/{*rest}", get(found))
        .build();
    for (path, answer) in [
        ("/users/me", "/users/me"),
        ("/users/7", "/users/{id} id=7"),
        ("/users/me/x", "/users/{*rest} rest=me/x"),
        ("/users/7/posts", "/users/{id}/posts id=7"),
        ("/users/", "/{*rest} rest=users/"),
        ("/users", "/{*rest} rest=users"),
        ("/", "404"),
    ] {
        assert_eq!(get_text(&app, path), answer, "{path}");
    }
}

#[test]
fn a_rest_comes_after_everything_else_wherever_it_begins() {
    let app = Router::new().route("/a/{*rest}", get(found)).route("/{x}/b", get(found)).build();
    assert_eq!(get_text(&app, "/a/b"), "/{x}/b x=a");
    assert_eq!(get_text(&app, "/a/c"), "/a/{*rest} rest=c");
}

#[test]
fn parts_of_segments_are_captured() {
    let app = Router::new()
        .route("/img/a-{id}.png", get(found))
        .route("/img/{name}", get(found))
        .route("/doc/{name}.html", get(found))
        .route("/doc/{name}.pdf", get(found))
        .build();
    for (path, answer) in [
        ("/img/a-7.png", "/img/a-{id}.png id=7"),
        ("/img/cat.jpg", "/img/{name} name=cat.jpg"),
        ("/img/a-.png", "/img/{name} name=a-.png"),
        ("/doc/a.html", "/doc/{name}.html name=a"),
        ("/doc/a.html.pdf", "/doc/{name}.pdf name=a.html"),
        ("/doc/a.txt", "404"),
    ] {
        assert_eq!(get_text(&app, path), answer, "{path}");
    }
}

#[test]
fn paths_are_matched_as_they_are_sent() {
    let app = Router::new()
        .route("/café", get(found))
        .route("/a%2fb", get(found))
        .route("/x/{name}", get(found))
        .route("/{{x}}", get(found))
        .build();
    for (path, answer) in [
        ("/caf%C3%A9", "/café"),
        ("/caf%c3%a9", "/café"),
        ("/a%2Fb", "/a%2fb"),
        ("/a%2fb", "/a%2fb"),
        ("/a/b", "404"),
        ("/x/a%2fb", "/x/{name} name=a%2fb"),
        ("/x/%C3", "/x/{name} name=%C3"),
        ("/{x}", "/{{x}}"),
        ("/x//", "404"),
        ("//x/a", "404"),
        ("/x/./a", "404"),
        ("/x/..", "/x/{name} name=.."),
        ("/x/a?q=/b", "/x/{name} name=a"),
        ("/x/a/", "404"),
    ] {
        assert_eq!(get_text(&app, path), answer, "{path}");
    }
}

#[test]
fn the_other_slash_is_offered_on_request() {
    let strict = Router::new().route("/a", get(says("a"))).build();
    assert_eq!(get_text(&strict, "/a/"), "404");
    let app = Router::new()
        .route("/a", get(says("a")))
        .route("/b/", get(says("b")))
        .route("/c/{id}", get(says("c")))
        .with_slash_redirect(true)
        .build();
    for (path, location) in [("/a/?q=1", "/a?q=1"), ("/b", "/b/"), ("/c/7/", "/c/7")] {
        let answer = super::ask(&app, "POST", path);
        assert_eq!((answer.status, answer.header("location")), (308, location));
    }
    for path in ["/d/", "//a/", "/a//", "/"] {
        assert_eq!(get_text(&app, path), "404", "{path}");
    }
}
