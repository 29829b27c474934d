//! What a client is told, and by what it is known.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderName, HeaderValue};
use hyperserve_core::{IntoResponse as _, Request, Response};
use hyperserve_ratelimit::clock::FakeRelativeClock;
use hyperserve_ratelimit::{Gate, KeyBy, Quota, RateLimitLayer};
use hyperserve_server::app_fn;
use tower_layer::Layer as _;

use crate::Served;
use crate::client::{Answer, ask};

/// A clock that stands still makes the numbers sure.
fn layer(quotas: impl IntoIterator<Item = Quota>) -> RateLimitLayer {
    let builder = Gate::builder().with_clock(FakeRelativeClock::default());
    let gate = quotas.into_iter().fold(builder, |builder, quota| builder.with_quota(quota)).build().unwrap();
    RateLimitLayer::new(gate)
}

async fn answer(request: Request) -> Response {
    let mut response = "hello".into_response();
    match request.uri().path() {
        "/own" => {
            response.headers_mut().insert("ratelimit", HeaderValue::from_static("\"own\";r=7"));
        }
        "/dear" => {
            response.headers_mut().insert("x-cost", HeaderValue::from_static("5"));
        }
        "/free" => {
            response.headers_mut().insert("x-cost", HeaderValue::from_static("0"));
        }
        _ => {}
    }
    response
}

fn served(layer: &RateLimitLayer, trusted: &str) -> Served {
    Served::start(1, trusted, layer.layer(app_fn(answer)))
}

async fn statuses(served: &Served, paths: &[&str]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for path in paths {
        statuses.push(ask(served.address, path, &[]).await.status);
    }
    statuses
}

#[tokio::test]
async fn a_response_says_what_remains_and_a_refusal_when_to_come_back() {
    let layer = layer([Quota::per_minute(2).with_burst(3)]);
    let served = served(&layer, "");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let first = ask(served.address, "/", &[]).await;
    assert_eq!((first.status, first.field("ratelimit-policy")), (200, "\"default\";q=3;w=90"));
    assert_eq!(first.field("ratelimit"), "\"default\";r=2;t=30");
    assert_eq!((first.field("x-ratelimit-limit"), first.field("x-ratelimit-remaining")), ("3", "2"));
    let reset: u64 = first.field("x-ratelimit-reset").parse().unwrap();
    assert!((now + 30..now + 60).contains(&reset), "{reset} {now}");
    assert_eq!(first.field("retry-after"), "");

    assert_eq!(statuses(&served, &["/", "/"]).await, [200, 200]);
    let refused = ask(served.address, "/", &[]).await;
    assert_eq!((refused.status, refused.field("retry-after")), (429, "30"));
    assert_eq!(refused.field("ratelimit-policy"), "\"default\";q=3;w=90");
    assert_eq!(refused.field("ratelimit"), "\"default\";r=0;t=30");
    assert_eq!((refused.field("x-ratelimit-limit"), refused.field("x-ratelimit-remaining")), ("3", "0"));
    assert_eq!(refused.field("cache-control"), "no-store");
    assert_eq!(refused.field("content-type"), "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(problem["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
    assert_eq!((&problem["status"], &problem["violated-policies"]), (&429.into(), &vec!["default"].into()));
    assert_eq!(problem["detail"], "Too many requests for now. Try again in 30 seconds.");

    let page = ask(served.address, "/", &[("accept", "text/html")]).await;
    assert!(page.status == 429 && page.field("content-type").starts_with("text/html"), "{page:?}");
    assert_eq!(page.field("retry-after"), "30");
}

#[tokio::test]
async fn of_several_quotas_the_one_that_refuses_is_named_and_the_other_keeps_its_units() {
    let quotas = [Quota::per_second(1).with_name("burst"), Quota::per_hour(3).with_name("sustained")];
    let served = served(&layer(quotas), "");
    let first = ask(served.address, "/", &[]).await;
    assert_eq!(first.field("ratelimit-policy"), "\"burst\";q=1;w=1, \"sustained\";q=3;w=3600");
    assert_eq!(first.field("ratelimit"), "\"burst\";r=0;t=1, \"sustained\";r=2;t=1200");
    for _ in 0..5 {
        let refused = ask(served.address, "/", &[]).await;
        assert_eq!((refused.status, refused.field("retry-after")), (429, "1"));
        assert_eq!(refused.field("ratelimit"), "\"burst\";r=0;t=1, \"sustained\";r=2;t=1200");
        assert!(refused.body.contains("\"violated-policies\":[\"burst\"]"), "{}", refused.body);
    }
}

#[tokio::test]
async fn fields_can_be_switched_off_and_a_handlers_own_stay() {
    let quiet = layer([Quota::per_minute(1)]).with_x_ratelimit_fields(false).with_retry_after(false);
    let quiet = served(&quiet, "");
    let own = ask(quiet.address, "/own", &[]).await;
    assert_eq!((own.field("ratelimit"), own.field("ratelimit-policy")), ("\"own\";r=7", ""));
    let refused = ask(quiet.address, "/", &[]).await;
    assert_eq!((refused.status, refused.field("ratelimit")), (429, "\"default\";r=0;t=60"));
    assert_eq!((refused.field("retry-after"), refused.field("x-ratelimit-limit")), ("", ""));

    let legacy = served(&layer([Quota::per_minute(2)]).with_ratelimit_fields(false), "");
    let own = ask(legacy.address, "/own", &[]).await;
    assert_eq!((own.field("ratelimit"), own.field("x-ratelimit-remaining")), ("\"own\";r=7", "1"));
    let other = ask(legacy.address, "/", &[]).await;
    assert_eq!((other.field("ratelimit"), other.field("x-ratelimit-remaining")), ("", "0"));
}

#[tokio::test]
async fn what_a_stranger_forwards_does_not_count() {
    let forged = [("x-forwarded-for", "203.0.113.1"), ("x-forwarded-for", "203.0.113.2")];
    let stranger = served(&layer([Quota::per_minute(1)]), "");
    let mut seen = Vec::new();
    for field in forged {
        seen.push(ask(stranger.address, "/", &[field]).await.status);
    }
    assert_eq!(seen, [200, 429]);

    let behind = served(&layer([Quota::per_minute(1)]), "loopback");
    let mut seen = Vec::new();
    let (one, two) = (("x-forwarded-for", "2001:db8::1"), ("x-forwarded-for", "2001:db8::ffff"));
    for field in [forged[0], forged[1], forged[0], one, two, ("x-forwarded-for", "2001:db8:0:1::1")] {
        seen.push(ask(behind.address, "/", &[field]).await.status);
    }
    assert_eq!(seen, [200, 200, 429, 200, 429, 200], "one client is one /64");
}

#[tokio::test]
async fn paths_networks_and_keys_can_be_exempt() {
    let paths = layer([Quota::per_minute(1)]).with_exempt_paths(["/static", "=/healthz"]).unwrap();
    let served_paths = served(&paths, "");
    assert_eq!(statuses(&served_paths, &["/healthz", "/static/a", "/healthz?x=1"]).await, [200; 3]);
    assert_eq!(statuses(&served_paths, &["/", "/staticx", "/healthz/"]).await, [200, 429, 429]);
    let exempt = ask(served_paths.address, "/healthz", &[]).await;
    assert_eq!((exempt.status, exempt.field("ratelimit")), (200, ""));

    let here = layer([Quota::per_minute(1)]).with_exempt_networks(["loopback"]).unwrap();
    assert_eq!(statuses(&served(&here, ""), &["/", "/", "/"]).await, [200; 3]);

    let by_header = layer([Quota::per_minute(1)])
        .with_key(KeyBy::header(HeaderName::from_static("x-account")))
        .with_exempt_keys(["monitor".into()]);
    let by_header = served(&by_header, "");
    let mut seen = Vec::new();
    for account in ["ada", "ada", "grace", "monitor", "monitor"] {
        seen.push(ask(by_header.address, "/", &[("x-account", account)]).await.status);
    }
    assert_eq!(seen, [200, 429, 200, 200, 200]);
}

#[tokio::test]
async fn requests_differ_in_cost() {
    let layer =
        layer([Quota::per_hour(10)]).with_cost(|head| if head.uri.path() == "/search" { 4 } else { 1 });
    let served = served(&layer, "");
    let remaining =
        async |path| ask(served.address, path, &[]).await.field("x-ratelimit-remaining").to_owned();
    assert_eq!(
        [remaining("/search").await, remaining("/").await, remaining("/search").await],
        ["6", "5", "1"]
    );
    let refused = ask(served.address, "/search", &[]).await;
    // 9 of 10 are used: 3 more must come back, each in 6 minutes.
    assert_eq!((refused.status, refused.field("retry-after")), (429, "1080"));
    assert_eq!(refused.field("x-ratelimit-remaining"), "1", "a refusal takes nothing");
    assert_eq!(remaining("/").await, "0");
}

#[tokio::test]
async fn a_handler_can_say_what_a_request_cost() {
    let layer = layer([Quota::per_hour(10)]).with_cost_header(HeaderName::from_static("x-cost"));
    let served = served(&layer, "");
    let dear = ask(served.address, "/dear", &[]).await;
    assert_eq!((dear.field("x-ratelimit-remaining"), dear.field("x-cost")), ("5", ""));
    let free = ask(served.address, "/free", &[]).await;
    assert_eq!(free.field("x-ratelimit-remaining"), "5");
    assert_eq!(statuses(&served, &["/dear", "/dear"]).await, [200, 429]);
}

#[tokio::test]
async fn a_dry_run_counts_and_refuses_nobody() {
    let layer = layer([Quota::per_minute(1)]).with_dry_run(true);
    let served = served(&layer, "");
    assert_eq!(statuses(&served, &["/", "/", "/"]).await, [200; 3]);
    let told: Answer = ask(served.address, "/", &[]).await;
    assert_eq!((told.field("ratelimit"), told.field("retry-after")), ("", ""));
    assert_eq!((layer.gate().stats().allowed, layer.gate().stats().refused), (1, 3));
}
