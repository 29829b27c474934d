//! Which requests come from elsewhere.

use http::HeaderValue;
use hyperserve_core::{ConnInfo, PeerAddr, RequestContext};

use super::*;
use crate::exchange::exchange;

fn layer() -> CsrfLayer {
    CsrfLayer::new().try_with_trusted_origins(["https://trusted.example", "https://*.wide.example"]).unwrap()
}

/// To `a.example`, with one value of `Sec-Fetch-Site` and one of `Origin` each, unless they are `-`.
fn request(method: &str, site: &'static str, origin: &'static str) -> Request {
    let mut request =
        Request::builder().method(method).header("host", "a.example").body(Body::empty()).unwrap();
    for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
        if value != "-" {
            request.headers_mut().append(name, HeaderValue::from_static(value));
        }
    }
    request
}

/// As it came over a trusted proxy that says these things.
fn proxied(mut request: Request, forwarded: &'static str) -> Request {
    let conn = ConnInfo::new(PeerAddr::Tcp("10.0.0.1:4000".parse().unwrap()), PeerAddr::Unknown);
    let context = RequestContext::new(Arc::new(conn)).with_trusted(Arc::new("10.0.0.1".parse().unwrap()));
    request.extensions_mut().insert(context);
    request.headers_mut().insert("forwarded", HeaderValue::from_static(forwarded));
    request
}

fn passes(request: &Request) -> bool {
    layer().check.passes(request)
}

#[tokio::test]
async fn what_comes_from_elsewhere_never_reaches_the_service() {
    let ask = async |site| {
        exchange(layer(), request("POST", site, "https://evil.example"), Response::default()).await
    };
    let (seen, answer) = ask("cross-site").await;
    assert!(seen.is_none() && answer.status() == 403);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let (seen, answer) = ask("same-origin").await;
    assert!(seen.is_some() && answer.status() == 200);
}

#[test]
fn the_browser_says_where_it_comes_from() {
    for (site, origin, expected) in [
        ("same-origin", "-", true),
        ("none", "-", true),
        ("same-origin", "https://evil.example", true),
        ("same-site", "https://b.a.example", false),
        ("cross-site", "https://evil.example", false),
        ("cross-site", "https://a.example", false),
        ("cross-site", "-", false),
        ("cross-site", "null", false),
        ("SAME-ORIGIN", "-", false),
        ("same-origin, none", "-", false),
        ("cross-site", "https://trusted.example", true),
        ("same-site", "https://x.wide.example", true),
        ("cross-site", "https://wide.example", false),
        ("cross-site", "http://trusted.example", false),
    ] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "PURGE"] {
            assert_eq!(passes(&request(method, site, origin)), expected, "{method} {site} {origin}");
        }
    }
}

#[test]
fn without_a_word_from_the_browser_the_origin_counts() {
    for (origin, expected) in [
        ("-", true),
        ("", true),
        ("https://a.example", true),
        ("https://a.example:443", true),
        ("http://a.example", true),
        ("https://A.EXAMPLE", true),
        ("https://a.example:8443", false),
        ("https://evil.example", false),
        ("https://a.example.evil.example", false),
        ("https://a.example@evil.example", false),
        ("null", false),
        ("a.example", false),
        ("https://trusted.example", true),
    ] {
        assert_eq!(passes(&request("POST", "-", origin)), expected, "{origin}");
        assert_eq!(passes(&request("POST", "", origin)), expected, "{origin}");
    }
    let mut nameless = request("POST", "-", "https://a.example");
    nameless.headers_mut().remove("host");
    assert!(!passes(&nameless));
}

#[test]
fn two_values_are_as_good_as_the_worse() {
    let mut two = request("POST", "same-origin", "https://a.example");
    two.headers_mut().append("sec-fetch-site", HeaderValue::from_static("cross-site"));
    assert!(!passes(&two));
    let mut two = request("POST", "-", "https://a.example");
    two.headers_mut().append("origin", HeaderValue::from_static("https://evil.example"));
    assert!(!passes(&two));
}

#[test]
fn safe_methods_and_exempt_paths_pass() {
    for method in ["GET", "HEAD", "OPTIONS", "QUERY"] {
        assert!(passes(&request(method, "cross-site", "https://evil.example")), "{method}");
    }
    assert!(!passes(&request("CONNECT", "cross-site", "https://evil.example")));
    let mut socket = request("CONNECT", "cross-site", "https://evil.example");
    RequestContext::of_mut(socket.extensions_mut()).set_connect_protocol("websocket");
    assert!(passes(&socket), "the WebSocket looks itself");

    let open = layer().with_exempt("/hooks".parse().unwrap());
    let to = |path: &str| {
        let mut request = request("POST", "cross-site", "https://evil.example");
        *request.uri_mut() = path.parse().unwrap();
        open.check.passes(&request)
    };
    assert!(to("/hooks/pay") && !to("/hooksx"));
}

#[test]
fn the_own_host_is_the_one_that_the_client_asked_for() {
    let post = |origin| request("POST", "-", origin);
    let https = "for=192.0.2.1;proto=https;host=public.example";
    assert!(passes(&proxied(post("https://public.example"), https)));
    assert!(!passes(&proxied(post("http://public.example"), https)), "a page of plain HTTP");
    assert!(!passes(&proxied(post("https://a.example"), https)), "the proxy's name for us");
}

#[test]
fn an_origin_that_no_browser_sends_is_an_error() {
    let error = |origin: &str| CsrfLayer::new().try_with_trusted_origins([origin]).unwrap_err().to_string();
    assert!(error("null").contains("sandboxed"));
    assert_eq!(
        error("app.example"),
        "trusted origin \"app.example\": an origin begins with its scheme, as `https://app.example`"
    );
}
