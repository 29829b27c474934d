//! Part: what stands in front of every handler, and a route whose limiter is there to be met.

mod timing;

use std::time::Duration;

use hyperserve::core::BoxError;
use hyperserve::middleware::Paths;
use hyperserve::middleware::metrics::{HttpMetrics, MetricsError, MetricsLayer};
use hyperserve::middleware::security_headers::csp::{self, Csp};
use hyperserve::middleware::security_headers::{ReferrerPolicy, SecurityHeaders};
use hyperserve::middleware::timeout::TimeoutLayer;
use hyperserve::prelude::*;
use hyperserve::ratelimit::{Gate, Quota, RateLimitLayer};

use crate::Showcase;
use crate::part::{Part, source};

pub(crate) use self::timing::timed;

pub(crate) const PART: Part = Part {
    name: "layers",
    link: "Layers",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[source!("layers/mod.rs"), source!("layers/timing.rs")],
};

/// In front of every route: `SecureWeb`, with what is otherwise here.
pub(crate) fn stack(metrics: &HttpMetrics) -> Result<Stack, BoxError> {
    // The page has a button that sends a thousand at once.
    let gate = Gate::try_new([Quota::per_second(500).with_burst(2_000)])?;
    // An upload is answered when it is whole, which takes as long as the network does.
    let timeout = TimeoutLayer::new().with_exempt(Paths::try_new(["=/api/upload"])?);
    Ok(Stack::secure_web()
        .with_security_headers(headers().build()?)
        .with_rate_limit(RateLimitLayer::new(gate))
        .with_timeout(timeout)
        .with_metrics(MetricsLayer::new(metrics)))
}

/// The page loads its own files and nothing else, and runs no script that is written into it.
fn headers() -> SecurityHeaders {
    let policy = Csp::new()
        .with_default_src([csp::NONE])
        .with_script_src([csp::SELF])
        .with_style_src([csp::SELF])
        .with_img_src([csp::SELF])
        .with_media_src([csp::SELF])
        .with_connect_src([csp::SELF])
        .with_base_uri([csp::NONE])
        .with_form_action([csp::NONE])
        .with_require_trusted_types_for(["'script'"]);
    // A certificate that the program signs itself is one that people must still be able to accept.
    SecurityHeaders::web().with_csp(policy).with_hsts(None).with_referrer(ReferrerPolicy::NoReferrer)
}

/// Upper bounds of the histogram, in microseconds: five in each power of ten, so that the chart moves in small steps.
const BOUNDS: [u64; 27] = [
    25, 40, 60, 100, 150, 250, 400, 600, 1_000, 1_500, 2_500, 4_000, 6_000, 10_000, 15_000, 25_000, 40_000,
    60_000, 100_000, 150_000, 250_000, 400_000, 600_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

pub(crate) fn metrics() -> Result<HttpMetrics, MetricsError> {
    HttpMetrics::builder().with_buckets(BOUNDS.map(Duration::from_micros)).build()
}

pub(crate) fn routes() -> Result<Router<Showcase>, BoxError> {
    let burst = Quota::per_second(5).with_burst(10).with_name("burst");
    let gate = Gate::try_new([burst, Quota::per_minute(20).with_name("minute")])?;
    let limited = RateLimitLayer::new(gate);
    Ok(Router::new().route("/api/hammer", get(hammer).layer(limited)))
}

/// What passes the limiter has nothing more to do.
async fn hammer() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests;
