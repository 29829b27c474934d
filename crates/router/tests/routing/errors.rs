//! Faults in the routes, told at once with their places.

use hyperserve_core::Request;
use hyperserve_router::{MethodRouter, RouteErrors, Router, get, post};
use tower::util::MapRequestLayer;

use super::says;

fn faults(router: Router) -> Vec<(String, Vec<u32>)> {
    let faults: RouteErrors = router.try_build().unwrap_err();
    let lines = |fault: &hyperserve_router::RouteError| {
        assert!(fault.sites().all(|site| site.file().ends_with("errors.rs")));
        fault.sites().map(|site| site.line()).collect()
    };
    faults.iter().map(|fault| (fault.message().to_owned(), lines(fault))).collect()
}

#[test]
fn every_pair_is_listed_with_both_places() {
    let line = line!();
    let router = Router::new()
        .route("/a", get(says("1")).post(says("2")))
        .route("/a", get(says("3")))
        .route("/a", get(says("4")))
        .route("/u/{id}", get(says("5")))
        .route("/u/{name}", get(says("6")))
        .route("/f/{a}-x", get(says("7")))
        .route("/f/y-{b}", get(says("8")))
        .route("/a", post(says("9")));
    let told: Vec<_> = faults(router);
    assert_eq!(
        told,
        [
            ("GET `/a` is registered twice".to_owned(), vec![line + 2, line + 3]),
            ("GET `/a` is registered twice".to_owned(), vec![line + 2, line + 4]),
            ("GET `/u/{name}` is registered twice".to_owned(), vec![line + 5, line + 6]),
            ("`/f/y-{b}` cannot be told from `/f/{a}-x`".to_owned(), vec![line + 7, line + 8]),
            ("POST `/a` is registered twice".to_owned(), vec![line + 2, line + 9]),
        ]
    );
}

#[test]
fn the_list_is_a_text() {
    let line = line!() + 2;
    let router =
        Router::new().route("/a", get(says("1"))).route("/a", get(says("2"))).route("b", get(says("3")));
    let text = router.try_build().unwrap_err().to_string();
    let file = file!();
    assert_eq!(
        text,
        format!(
            "the routes have 2 faults:\n  GET `/a` is registered twice ({file}:{line} and {file}:{line})\n  \
             `b`: a pattern begins with `/` ({file}:{line})"
        )
    );
}

#[test]
fn nested_routes_conflict_where_they_were_written() {
    let inner = Router::new().route("/x", get(says("inner")));
    let line = line!() - 1;
    let outer = Router::new().route("/a/x", get(says("outer"))).nest("/a", inner);
    assert_eq!(faults(outer), [("GET `/a/x` is registered twice".to_owned(), vec![line + 2, line])]);
}

#[test]
fn other_faults_are_told_too() {
    let pre = || MapRequestLayer::new(|request: Request| request);
    let router = Router::new()
        .route("/{x:number}", get(says("1")))
        .route("/empty", MethodRouter::new())
        .merge(Router::new().fallback(says("2")))
        .merge(Router::new().fallback(says("3")))
        .merge(Router::new().pre(pre()))
        .nest("api", Router::new().route("/", get(says("4"))))
        .host("a b", Router::new().route("/", get(says("5"))))
        .host("a.example", Router::new().host("b.example", Router::new().route("/", get(says("6")))))
        .route("/n/{id}", get(says("7")).name("same"))
        .route("/m/{id}", get(says("8")).name("same"));
    let told: Vec<_> = faults(router).into_iter().map(|(message, _)| message).collect();
    for part in [
        "`number` is no type of capture",
        "`/empty` answers no method",
        "there are two fallbacks for `/`",
        "only the router that is built can have layers before routing",
        "`api`: a prefix begins with `/`",
        "`a b` is no host",
        "the routes for `a.example` name a host already",
        "two routes are called `same`: `/n/{id}` and `/m/{id}`",
    ] {
        assert!(told.iter().any(|message| message.contains(part)), "{part}: {told:#?}");
    }
    assert_eq!(told.len(), 8, "{told:#?}");
}

#[test]
#[should_panic(expected = "GET `/a` is registered twice")]
fn build_panics_with_the_list() {
    drop(Router::<()>::new().route("/a", get(says("1"))).route("/a", get(says("2"))).build());
}
