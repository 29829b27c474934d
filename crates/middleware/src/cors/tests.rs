//! Which headers go to whom.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::super::CorsConfig;
use super::*;
use crate::exchange::exchange;

fn config() -> CorsConfig {
    CorsConfig::new().with_origins(["https://app.example", "https://*.wide.example", "http://localhost:*"])
}

fn request(method: &str, headers: &[(&'static str, &'static str)]) -> Request {
    let builder =
        headers.iter().fold(Request::builder().method(method), |b, (name, value)| b.header(*name, *value));
    builder.body(Body::empty()).unwrap()
}

fn preflight(origin: &'static str) -> Request {
    request("OPTIONS", &[("origin", origin), ("access-control-request-method", "PUT")])
}

/// Whether the service was reached, and what was answered.
async fn ask(config: &CorsConfig, request: Request) -> (bool, Response) {
    ask_a_service(config, request, Response::new("hi".into())).await
}

async fn ask_a_service(config: &CorsConfig, request: Request, answer: Response) -> (bool, Response) {
    let (seen, answer) = exchange(config.build().unwrap(), request, answer).await;
    (seen.is_some(), answer)
}

/// All that begins with `access-control-`, and `vary`, in order of names.
fn said(headers: &HeaderMap) -> Vec<String> {
    let mut said: Vec<String> = headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("access-control-").or((name == "vary").then_some("vary"))?;
            Some(format!("{name}: {}", value.to_str().unwrap()))
        })
        .collect();
    said.sort();
    said
}

#[tokio::test]
async fn a_preflight_is_answered_without_the_service() {
    let (reached, answer) = ask(&config(), preflight("http://localhost:5173")).await;
    assert!(!reached && answer.status() == 204 && answer.body().as_bytes().unwrap().is_empty());
    assert_eq!(
        said(answer.headers()),
        [
            "allow-headers: Authorization, Content-Type",
            "allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE",
            "allow-origin: http://localhost:5173",
            "max-age: 600",
            "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        ]
    );
}

#[tokio::test]
async fn a_preflight_of_another_origin_is_refused_without_headers() {
    for origin in ["https://evil.example", "https://wide.example", "null", "https://app.example:8443"] {
        let (reached, answer) = ask(&config(), preflight(origin)).await;
        assert!(!reached && answer.status() == 403, "{origin}");
        let vary = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
        assert_eq!(said(answer.headers()), [vary], "{origin}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn other_options_reach_the_service() {
    for headers in
        [&[][..], &[("origin", "https://app.example")], &[("access-control-request-method", "PUT")]]
    {
        assert!(ask(&config(), request("OPTIONS", headers)).await.0, "{headers:?}");
    }
}

#[tokio::test]
async fn a_response_says_who_may_read_it() {
    let config = config().with_credentials(true).with_exposed(["X-Total", "ETag"]);
    let (_, answer) = ask(&config, request("GET", &[("origin", "https://x.wide.example")])).await;
    assert_eq!(
        said(answer.headers()),
        [
            "allow-credentials: true",
            "allow-origin: https://x.wide.example",
            "expose-headers: X-Total, ETag",
            "vary: Origin"
        ]
    );
    for headers in [&[][..], &[("origin", "https://evil.example")]] {
        let (reached, answer) = ask(&config, request("POST", headers)).await;
        assert!(reached && said(answer.headers()) == ["vary: Origin"], "{headers:?}");
    }
}

#[tokio::test]
async fn a_star_is_said_to_everybody_and_nothing_varies() {
    let config = config().with_origins(["*"]).with_headers(["*"]).with_methods(["*"]);
    for headers in [&[][..], &[("origin", "https://evil.example")], &[("origin", "null")]] {
        let (_, answer) = ask(&config, request("GET", headers)).await;
        assert_eq!(said(answer.headers()), ["allow-origin: *"], "{headers:?}");
    }
    let (_, answer) = ask(&config, preflight("null")).await;
    assert_eq!(said(answer.headers())[..3], ["allow-headers: *", "allow-methods: *", "allow-origin: *"]);
}

#[tokio::test]
async fn null_is_allowed_only_by_name() {
    assert_eq!(ask(&config(), preflight("null")).await.1.status(), 403);
    assert_eq!(ask(&config().with_origins(["null"]), preflight("null")).await.1.status(), 204);
}

#[tokio::test]
async fn private_networks_are_reached_on_request_and_if_allowed() {
    let asking = || {
        let mut request = preflight("https://app.example");
        let name = "access-control-request-private-network";
        request.headers_mut().insert(name, HeaderValue::from_static("true"));
        request
    };
    let name = "access-control-allow-private-network";
    assert!(!ask(&config(), asking()).await.1.headers().contains_key(name));
    let open = config().with_private_network(true);
    let answer = ask(&open, asking()).await.1;
    assert_eq!(answer.headers()[name], "true");
    assert!(answer.headers()["vary"].to_str().unwrap().ends_with("Request-Private-Network"));
    assert!(!ask(&open, preflight("https://app.example")).await.1.headers().contains_key(name));
}

#[tokio::test]
async fn what_the_service_says_itself_stays() {
    let ask = async |name: &'static str, value: &'static str| {
        let mut answer = Response::new(Body::empty());
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
        let request = request("GET", &[("origin", "https://app.example")]);
        said(ask_a_service(&config(), request, answer).await.1.headers())
    };
    assert_eq!(ask("access-control-allow-origin", "*").await, ["allow-origin: *"]);
    assert_eq!(ask("vary", "*").await, ["allow-origin: https://app.example", "vary: *"]);
    assert_eq!(ask("vary", "accept, origin").await[1..], ["vary: accept, origin"]);
    assert_eq!(ask("vary", "Accept").await[1..], ["vary: Accept", "vary: Origin"]);
}

#[tokio::test]
async fn errors_of_the_service_may_be_read_as_well() {
    let mut refused = Response::new(Body::empty());
    *refused.status_mut() = StatusCode::UNAUTHORIZED;
    let request = request("GET", &[("origin", "https://app.example")]);
    let answer = ask_a_service(&config(), request, refused).await.1;
    assert_eq!((answer.status().as_u16(), said(answer.headers()).len()), (401, 2));
}

#[tokio::test]
async fn paths_that_it_is_not_for_are_left_alone() {
    let layer = config().build().unwrap().with_paths("/api".parse().unwrap());
    for (path, reached) in [("/api/x", false), ("/apix", true)] {
        let mut request = preflight("https://app.example");
        *request.uri_mut() = path.parse().unwrap();
        let (seen, answer) = exchange(layer.clone(), request, Response::new(Body::empty())).await;
        assert_eq!((seen.is_some(), said(answer.headers()).is_empty()), (reached, reached), "{path}");
    }
}

#[tokio::test]
async fn lists_may_be_empty_and_times_left_out() {
    let none: [&str; 0] = [];
    let config = config().with_methods(none).with_headers(none).with_max_age(None);
    assert_eq!(said(ask(&config, preflight("https://app.example")).await.1.headers()).len(), 2);
    let (_, answer) = ask(&config.with_max_age(Some(Duration::ZERO)), preflight("https://app.example")).await;
    assert_eq!(answer.headers()["access-control-max-age"], "0");
}

#[test]
fn what_cannot_work_is_an_error_before_it_is_served() {
    let error = |config: CorsConfig| config.build().unwrap_err().to_string();
    let none: [&str; 0] = [];
    for (config, says) in [
        (config().with_origins(none), "no origin"),
        (
            config().with_origins(["app.example"]),
            "CORS origin \"app.example\": an origin begins with its scheme",
        ),
        (config().with_origins(["*"]).with_credentials(true), "instead of `*`"),
        (config().with_origins(["https://a.example", "null"]).with_credentials(true), "sandboxed"),
        (config().with_headers(["*"]).with_credentials(true), "name the headers"),
        (config().with_methods(["*"]).with_credentials(true), "name the methods"),
        (config().with_exposed(["*"]).with_credentials(true), "name the exposed headers"),
        (config().with_methods(["patch"]), "in capitals"),
        (config().with_methods(["GET, PUT"]), "in capitals"),
        (config().with_headers(["X Y"]), "not the name of a header"),
        (config().with_exposed(["a\r\nb"]), "not the name of a header"),
    ] {
        let error = error(config);
        assert!(error.contains(says), "{error}");
    }
}
