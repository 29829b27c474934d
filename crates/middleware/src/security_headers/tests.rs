//! Which headers are sent when.

use http::{HeaderMap, HeaderValue, StatusCode};
use hyperserve_core::{ConnInfo, FromRequestParts as _, PeerAddr, RequestContext};

use super::super::csp::{Csp, NONCE, SELF};
use super::super::{Framing, Hsts, PermissionsPolicy, ReferrerPolicy, SecurityHeaders};
use super::*;
use crate::exchange::exchange;

/// A request for `host`, from a trusted proxy that says which scheme the client used.
fn request(scheme: &str, host: &str) -> Request {
    let conn = ConnInfo::new(PeerAddr::Tcp("10.0.0.1:4000".parse().unwrap()), PeerAddr::Unknown);
    let context = RequestContext::new(Arc::new(conn)).with_trusted(Arc::new("10.0.0.1".parse().unwrap()));
    let builder = Request::builder().header("host", host).header("x-forwarded-proto", scheme);
    let mut request = builder.body(Body::empty()).unwrap();
    request.extensions_mut().insert(context);
    request
}

async fn headers(config: SecurityHeaders, request: Request) -> HeaderMap {
    answer(config, request, Response::new(Body::empty())).await.headers().clone()
}

async fn answer(config: SecurityHeaders, request: Request, answer: Response) -> Response {
    exchange(config.build().unwrap(), request, answer).await.1
}

fn lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn pages_have_these_headers() {
    assert_eq!(
        lines(&headers(SecurityHeaders::web(), request("https", "a.example")).await),
        [
            "content-security-policy: default-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'; frame-ancestors 'none'",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "permissions-policy: camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
            "referrer-policy: strict-origin-when-cross-origin",
            "strict-transport-security: max-age=31536000; includeSubDomains",
            "x-content-type-options: nosniff",
            "x-frame-options: DENY",
        ]
    );
}

#[tokio::test]
async fn programs_have_these_headers() {
    assert_eq!(
        lines(&headers(SecurityHeaders::api(), request("http", "a.example")).await),
        [
            "content-security-policy: default-src 'none'; frame-ancestors 'none'",
            "cross-origin-resource-policy: same-origin",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "x-frame-options: DENY",
        ]
    );
    assert!(headers(SecurityHeaders::none(), request("https", "a.example")).await.is_empty());
}

#[tokio::test]
async fn hsts_is_for_tls_and_not_for_this_machine() {
    for (scheme, host, sent) in [
        ("https", "a.example", true),
        ("http", "a.example", false),
        ("https", "localhost:8443", false),
        ("https", "x.localhost", false),
        ("https", "127.0.0.1:8443", false),
        ("https", "[::1]", false),
    ] {
        let headers = headers(SecurityHeaders::api(), request(scheme, host)).await;
        assert_eq!(headers.contains_key("strict-transport-security"), sent, "{scheme} {host}");
    }
    let stranger = Request::builder().header("x-forwarded-proto", "https").body(Body::empty()).unwrap();
    assert!(!headers(SecurityHeaders::api(), stranger).await.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn what_a_handler_says_stays_and_what_it_is_made_with_goes() {
    let mut response = Response::new(Body::empty());
    let own = [
        ("content-security-policy", "sandbox"),
        ("strict-transport-security", "max-age=0"),
        ("x-frame-options", "SAMEORIGIN"),
        ("server", "thing/1.0"),
        ("x-powered-by", "thing"),
    ];
    for (name, value) in own {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let nonced = SecurityHeaders::web().with_csp(Csp::web().with_script_src([NONCE]));
    let answer = answer(nonced, request("https", "a.example"), response).await;
    for (name, value) in &own[..3] {
        assert_eq!(answer.headers().get_all(*name).iter().collect::<Vec<_>>(), [value], "{name}");
    }
    assert!(!answer.headers().contains_key("server") && !answer.headers().contains_key("x-powered-by"));
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
}

/// The policy, and the nonce that the service saw.
async fn nonced(config: SecurityHeaders, status: StatusCode) -> (HeaderMap, CspNonce) {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let (seen, answer) = exchange(config.build().unwrap(), request("http", "a.example"), response).await;
    let (mut parts, _) = seen.unwrap().into_parts();
    (answer.headers().clone(), CspNonce::from_request_parts(&mut parts, &()).await.unwrap())
}

#[tokio::test]
async fn a_nonce_is_one_response_s_own() {
    let policy = Csp::new().with_script_src([SELF, NONCE]).with_style_src([NONCE]);
    let config =
        SecurityHeaders::none().with_csp(policy.clone()).with_csp_report_only(policy.without("style-src"));
    let (headers, nonce) = nonced(config.clone(), StatusCode::OK).await;
    let expected = format!("script-src 'self' 'nonce-{nonce}'; style-src 'nonce-{nonce}'");
    assert_eq!(headers["content-security-policy"], expected);
    let tried = format!("script-src 'self' 'nonce-{nonce}'");
    assert_eq!(headers["content-security-policy-report-only"], tried);
    assert!(nonced(config.clone(), StatusCode::OK).await.1 != nonce);
    let (kept, _) = nonced(config, StatusCode::NOT_MODIFIED).await;
    assert!(kept.is_empty(), "what is in the cache has another nonce: {kept:?}");
}

#[tokio::test]
async fn without_a_nonce_in_the_policy_there_is_none() {
    let layer = SecurityHeaders::web().build().unwrap();
    let (seen, _) = exchange(layer, request("http", "a.example"), Response::new(Body::empty())).await;
    let (mut parts, _) = seen.unwrap().into_parts();
    let problem = CspNonce::from_request_parts(&mut parts, &()).await.unwrap_err();
    assert_eq!(problem.status(), 500);
    assert!(problem.cause().unwrap().to_string().contains("no security-headers layer"));
}

#[tokio::test]
async fn who_may_frame_is_said_twice_where_that_can_be() {
    let portal = || Framing::Origins(vec![SELF.to_owned(), "https://portal.example".to_owned()]);
    for (csp, framing, policy, option) in [
        (Some(Csp::api()), Framing::Deny, "default-src 'none'; frame-ancestors 'none'", "DENY"),
        (Some(Csp::api()), Framing::SameOrigin, "default-src 'none'; frame-ancestors 'self'", "SAMEORIGIN"),
        (Some(Csp::api()), Framing::Any, "default-src 'none'", ""),
        (None, Framing::Deny, "", "DENY"),
        (None, portal(), "frame-ancestors 'self' https://portal.example", ""),
        (
            Some(Csp::new().with_frame_ancestors([SELF])),
            Framing::Deny,
            "frame-ancestors 'self'",
            "SAMEORIGIN",
        ),
    ] {
        let config = SecurityHeaders::none().with_csp(csp).with_framing(framing);
        let headers = headers(config, request("http", "a.example")).await;
        let text = |name| headers.get(name).map_or("", |value| value.to_str().unwrap());
        assert_eq!((text("content-security-policy"), text("x-frame-options")), (policy, option));
    }
}

#[tokio::test]
async fn other_headers_and_reports() {
    let config = SecurityHeaders::none()
        .with_cross_origin_isolation()
        .with_reporting_endpoint("csp", "https://reports.example/csp")
        .with_reporting_endpoint("other", "/reports")
        .with_referrer(ReferrerPolicy::SameOrigin)
        .with_header("X-Permitted-Cross-Domain-Policies", "none");
    assert_eq!(
        lines(&headers(config, request("http", "a.example")).await),
        [
            "cross-origin-embedder-policy: require-corp",
            "cross-origin-opener-policy: same-origin",
            "referrer-policy: same-origin",
            "reporting-endpoints: csp=\"https://reports.example/csp\", other=\"/reports\"",
            "x-permitted-cross-domain-policies: none",
        ]
    );
}

#[tokio::test]
async fn other_paths_and_what_is_no_answer_yet_are_left_alone() {
    let layer = SecurityHeaders::web().build().unwrap().with_paths("/app".parse().unwrap());
    let (_, answer) = exchange(layer, request("http", "a.example"), Response::new(Body::empty())).await;
    assert!(answer.headers().is_empty());
    let mut switching = Response::new(Body::empty());
    *switching.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    assert!(
        super::tests::answer(SecurityHeaders::web(), request("http", "a"), switching)
            .await
            .headers()
            .is_empty()
    );
}

#[test]
fn what_browsers_would_not_understand_is_an_error() {
    for (config, says) in [
        (SecurityHeaders::web().with_csp(Csp::new().with_img_src(["self"])), "CSP img-src"),
        (SecurityHeaders::web().with_csp_report_only(Csp::new().with_directive("x", [SELF])), "no directive"),
        (SecurityHeaders::web().with_hsts(Hsts::new().with_subdomains(false).with_preload(true)), "HSTS"),
        (
            SecurityHeaders::web().with_permissions(PermissionsPolicy::new().with_denied(["speaker"])),
            "no feature",
        ),
        (SecurityHeaders::web().with_framing(Framing::Origins(vec!["self".to_owned()])), "frame-ancestors"),
        (SecurityHeaders::none().with_reporting_endpoint("CSP", "https://a.example"), "small letters"),
        (SecurityHeaders::none().with_reporting_endpoint("csp", "http://a.example"), "URL of https"),
        (SecurityHeaders::none().with_header("a b", "x"), "not the name"),
        (SecurityHeaders::none().with_header("x-a", "x\ny"), "no header can have"),
    ] {
        let error = config.build().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    assert!("nothing".parse::<ReferrerPolicy>().unwrap_err().to_string().contains("no-referrer"));
    assert_eq!("origin".parse(), Ok(ReferrerPolicy::Origin));
}
