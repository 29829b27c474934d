//! Who is sent where.

use http::header::{HOST, LOCATION};
use http::{HeaderValue, Method};
use hyperserve_core::{ConnInfo, PeerAddr, RequestContext};

use super::*;
use crate::exchange::exchange;

fn request(uri: &str, host: Option<&str>) -> Request {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri.parse().unwrap();
    if let Some(host) = host {
        request.headers_mut().insert(HOST, host.parse().unwrap());
    }
    request
}

/// As it comes from a peer at 10.0.0.1, with these headers.
fn forwarded(mut request: Request, trusted: &str, headers: &[(&'static str, &'static str)]) -> Request {
    let conn = ConnInfo::new(PeerAddr::Tcp("10.0.0.1:4000".parse().unwrap()), PeerAddr::Unknown);
    let context = RequestContext::new(Arc::new(conn)).with_trusted(Arc::new(trusted.parse().unwrap()));
    request.extensions_mut().insert(context);
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    request
}

/// Status and place of the answer; 200 is the service's own.
async fn ask(layer: &HttpsRedirectLayer, request: Request) -> (u16, String) {
    let (seen, answer) = exchange(layer.clone(), request, Response::new(Body::empty())).await;
    assert_eq!(seen.is_some(), answer.status() == 200);
    let location = answer.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), location.unwrap_or_default())
}

async fn place(layer: &HttpsRedirectLayer, uri: &str, host: &str) -> String {
    let (status, location) = ask(layer, request(uri, Some(host))).await;
    assert!(status == 308 || location.is_empty(), "{status} {location}");
    if status == 308 { location } else { status.to_string() }
}

#[tokio::test]
async fn path_and_query_stay_and_the_port_goes() {
    let layer = HttpsRedirectLayer::new();
    for (uri, host, expected) in [
        ("/a?b=c", "a.example:8080", "https://a.example/a?b=c"),
        ("/", "[::1]:8080", "https://[::1]/"),
        ("http://a.example/x", "a.example", "https://a.example/x"),
        ("//evil.example/x", "a.example", "https://a.example//evil.example/x"),
        ("*", "a.example", "https://a.example/"),
        ("/", "a.example.", "https://a.example/"),
    ] {
        assert_eq!(place(&layer, uri, host).await, expected, "{uri} {host}");
    }
    assert_eq!(place(&layer.with_port(8443), "/", "a.example:80").await, "https://a.example:8443/");
}

#[tokio::test]
async fn without_a_host_there_is_nowhere_to_go() {
    let layer = HttpsRedirectLayer::new();
    assert_eq!(ask(&layer, request("/", None)).await.0, 400);
    for bad in ["", "u@a.example", "a.example/x", "a, b"] {
        assert_eq!(place(&layer, "/", bad).await, "400", "{bad}");
    }
    let fixed = layer.try_with_host("www.example.com").unwrap();
    assert_eq!(ask(&fixed, request("/x", None)).await.1, "https://www.example.com/x");
    assert_eq!(place(&fixed, "/", "evil.example").await, "https://www.example.com/");
}

#[tokio::test]
async fn hosts_that_are_not_named_are_not_gone_to() {
    let layer = HttpsRedirectLayer::new().try_with_hosts(["example.com", "*.example.com"]).unwrap();
    assert_eq!(place(&layer, "/", "WWW.example.com:80").await, "https://WWW.example.com/");
    assert_eq!(place(&layer, "/", "evil.example").await, "421");
}

#[tokio::test]
async fn only_trusted_proxies_say_what_was_https() {
    let layer = HttpsRedirectLayer::new();
    let https = [("x-forwarded-proto", "https"), ("x-forwarded-for", "192.0.2.1")];
    let secure = |trusted| forwarded(request("/", Some("a.example")), trusted, &https);
    assert_eq!(ask(&layer, secure("10.0.0.0/8")).await.0, 200);
    assert_eq!(ask(&layer, secure("")).await.0, 308);
    let host = [("forwarded", "for=192.0.2.1;proto=http;host=\"public.example:80\"")];
    let plain = |trusted| forwarded(request("/x", Some("internal")), trusted, &host);
    assert_eq!(ask(&layer, plain("10.0.0.0/8")).await.1, "https://public.example/x");
    assert_eq!(ask(&layer, plain("")).await.1, "https://internal/x");
}

#[tokio::test]
async fn exempt_paths_and_tunnels_stay() {
    let layer = HttpsRedirectLayer::new();
    assert_eq!(place(&layer, "/.well-known/acme-challenge/token", "a.example").await, "200");
    let other = place(&layer, "/.well-known/acme-challenged", "a.example").await;
    assert_eq!(other, "https://a.example/.well-known/acme-challenged");
    let probes = layer.clone().with_exempt("=/livez".parse().unwrap());
    assert_eq!(place(&probes, "/livez", "a.example").await, "200");
    let mut connect = request("a.example:80", Some("a.example:80"));
    *connect.method_mut() = Method::CONNECT;
    assert_eq!(ask(&layer, connect).await.0, 200);
}

#[tokio::test]
async fn a_path_that_a_router_cut_is_whole_again() {
    let mut nested = request("/x", Some("a.example"));
    let whole = "/api/x?y".parse().unwrap();
    RequestContext::of_mut(nested.extensions_mut()).keep_original_uri(&whole);
    assert_eq!(ask(&HttpsRedirectLayer::new(), nested).await.1, "https://a.example/api/x?y");
}

#[test]
fn a_host_that_is_more_than_that_is_an_error() {
    for bad in ["https://a.example", "a.example:443", "a.example/x", "", "*.a.example"] {
        let error = HttpsRedirectLayer::new().try_with_host(bad).unwrap_err();
        assert!(error.to_string().contains("one host"), "{bad}: {error}");
    }
    assert!(HttpsRedirectLayer::new().try_with_hosts(["a/b"]).is_err());
}
