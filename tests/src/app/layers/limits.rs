//! Limits of single routes: bodies, requests at once, quotas.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use hyperserve::{
    middleware::{
        Paths,
        limits::{BodyLimitLayer, ConcurrencyLimitLayer},
    },
    ratelimit::{Gate, KeyBy, Quota, RateLimitLayer},
};
use hyperserve_core::{Request, Response};
use hyperserve_router::{Router, any, get};

use super::{made, messages};
use crate::app::{endpoints, number};

pub(super) fn router() -> Router {
    let one = made(ConcurrencyLimitLayer::try_new(1));
    let queued = |wait| made(ConcurrencyLimitLayer::try_new(1)).with_queue(1).with_queue_wait(wait);
    let open = made(Paths::try_new(["/layers/limit/exempt/open"]));
    Router::new()
        .route("/layers/limit/body", any(endpoints::echo).layer(made(BodyLimitLayer::try_new(16))))
        .route(
            "/layers/limit/ignored",
            any(async || messages::text("ignored")).layer(made(BodyLimitLayer::try_new(16))),
        )
        .route("/layers/limit/one", get(slow).layer(one.clone()))
        .route("/layers/limit/exempt/{*rest}", get(slow).layer(one.with_exempt(open)))
        .route("/layers/limit/queue", get(slow).layer(queued(Duration::from_secs(5))))
        .route("/layers/limit/impatient", get(slow).layer(queued(Duration::from_millis(300))))
        .merge(quotas())
}

async fn slow(request: Request) -> Response {
    endpoints::slow(number(&request, "ms", 0)).await
}

fn quotas() -> Router {
    let stated = HeaderName::from_static("x-cost");
    let priced = |head: &hyperserve::ratelimit::RequestHead<'_>| {
        head.uri.query().and_then(|query| query.strip_prefix("units=")?.parse().ok()).unwrap_or(1)
    };
    Router::new()
        .route("/layers/quota/stated", get(costly).layer(hourly().with_cost_header(stated)))
        .route("/layers/quota/priced", get(costly).layer(hourly().with_cost(priced)))
        .route("/layers/quota/own", get(own).layer(hourly()))
}

/// Ten requests an hour, for everyone together.
fn hourly() -> RateLimitLayer {
    RateLimitLayer::new(made(Gate::try_new([Quota::per_hour(10).with_name("hour")])))
        .with_key(KeyBy::everyone())
}

/// Says what it cost.
async fn costly(request: Request) -> Response {
    let mut answer = messages::text("done");
    let units = number(&request, "units", 1_u32);
    answer.headers_mut().insert("x-cost", HeaderValue::from(units));
    answer
}

/// Speaks of a quota of its own, by the fields that the query asks for.
async fn own(request: Request) -> Response {
    let mut answer = messages::text("own");
    let old = number(&request, "old", 0) == 1;
    let name = if old { "x-ratelimit-remaining" } else { "ratelimit" };
    answer.headers_mut().insert(name, HeaderValue::from_static("\"own\";r=1"));
    answer
}
