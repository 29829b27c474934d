//! Routes by host.

use hyperserve_router::{Router, get};

use super::{found, request, says, send};

fn text(app: &hyperserve_router::RouterService, host: &str, path: &str) -> String {
    let mut request = request("GET", path);
    request.headers_mut().insert("host", host.parse().unwrap());
    let answer = send(app, request);
    if answer.status == 200 { answer.text } else { answer.status.to_string() }
}

fn app() -> hyperserve_router::RouterService {
    Router::new()
        .host("api.example.com", Router::new().route("/", get(says("api"))).fallback(says("no api")))
        .host("*.example.com", Router::new().route("/", get(says("wild"))))
        .host("{tenant}.apps.example.com", Router::new().route("/{page}", get(found)))
        .route("/", get(says("every")))
        .route("/health", get(says("healthy")))
        .build()
}

#[test]
fn the_host_that_fits_best_answers() {
    let app = app();
    for (host, path, answer) in [
        ("api.example.com", "/", "api"),
        ("API.example.COM:8080", "/", "api"),
        ("api.example.com.", "/", "api"),
        ("a.b.example.com", "/", "wild"),
        ("example.com", "/", "every"),
        ("other.example", "/", "every"),
        ("", "/", "every"),
        ("t.apps.example.com", "/home", "/{page} tenant=t,page=home"),
        ("t.apps.example.com", "/", "wild"),
    ] {
        assert_eq!(text(&app, host, path), answer, "{host}{path}");
    }
}

#[test]
fn routes_without_a_host_shine_through_and_the_fallback_of_the_host_ends_it() {
    let app = app();
    assert_eq!(text(&app, "api.example.com", "/health"), "healthy");
    assert_eq!(text(&app, "api.example.com", "/nowhere"), "no api");
    assert_eq!(text(&app, "www.example.com", "/nowhere"), "404");
}

#[test]
fn the_authority_of_the_target_counts_before_the_field() {
    let mut request = request("GET", "http://api.example.com/");
    request.headers_mut().insert("host", "other.example".parse().unwrap());
    assert_eq!(send(&app(), request).text, "api");
}
