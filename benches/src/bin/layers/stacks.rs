//! What has a place in a `Stack`: each layer by itself, with its defaults or the plainest settings that make sense; and whole
//! stacks.

use std::io;

use hyperserve::core::BoxError;
use hyperserve::middleware::Paths;
use hyperserve::middleware::access_log::{AccessLog, AccessLogConfig, AccessLogLayer};
use hyperserve::middleware::cache::{CacheConfig, CacheLayer, ResponseCache};
use hyperserve::middleware::compression::{CompressionConfig, CompressionLayer};
use hyperserve::middleware::cors::CorsConfig;
use hyperserve::middleware::csrf::CsrfLayer;
use hyperserve::middleware::decompression::{DecompressionConfig, DecompressionLayer};
use hyperserve::middleware::https_redirect::HttpsRedirectLayer;
use hyperserve::middleware::ip_filter::{IpFilterLayer, IpRules};
use hyperserve::middleware::limits::{BodyLimitLayer, ConcurrencyLimitLayer};
use hyperserve::middleware::metrics::{HttpMetrics, MetricsLayer};
use hyperserve::middleware::recovery::RecoveryLayer;
use hyperserve::middleware::request_id::RequestIdLayer;
use hyperserve::middleware::security_headers::SecurityHeaders;
use hyperserve::middleware::security_headers::csp::{self, Csp};
use hyperserve::middleware::timeout::TimeoutLayer;
use hyperserve::middleware::trace::TraceLayer;
use hyperserve::middleware::trace_context::TraceContextLayer;
use hyperserve::middleware::trusted_hosts::TrustedHostsLayer;
use hyperserve::prelude::Stack;
use hyperserve::ratelimit::{Gate, Quota, RateLimitLayer};

type Read<T> = Result<T, BoxError>;

/// The stack of this name.
pub(crate) fn named(name: &str) -> Read<Stack> {
    match name {
        "empty" => Ok(Stack::new()),
        "secure-api" => tireless(Stack::secure_api()),
        "secure-api-full" => watched(tireless(Stack::secure_api())?),
        "secure-web" => tireless(Stack::secure_web()),
        "secure-web-full" => watched(tireless(Stack::secure_web())?),
        layer => alone(layer),
    }
}

fn alone(layer: &str) -> Read<Stack> {
    let stack = Stack::new();
    Ok(match layer {
        "access_log" => stack.with_access_log(log("combined")?),
        "access_log-json" => stack.with_access_log(log("json")?),
        "body_limit" => stack.with_body_limit(BodyLimitLayer::try_new(2 << 20)?),
        "cache" => stack.with_cache(cache()?),
        "compression" => stack.with_compression(CompressionLayer::try_new(&CompressionConfig::new())?),
        "concurrency" => stack.with_concurrency(ConcurrencyLimitLayer::try_new(1000)?),
        "cors" => stack.with_cors(CorsConfig::new().with_origins(["https://app.example"]).build()?),
        "csrf" => stack.with_csrf(CsrfLayer::new()),
        "decompression" => {
            stack.with_decompression(DecompressionLayer::try_new(&DecompressionConfig::new())?)
        }
        "https_redirect" => stack.with_https_redirect(HttpsRedirectLayer::new().with_exempt(Paths::all())),
        "ip_filter" => stack.with_ip_filter(IpFilterLayer::new(IpRules::try_new([], ["192.0.2.0/24"])?)),
        "metrics" => stack.with_metrics(MetricsLayer::new(&HttpMetrics::new())),
        "rate_limit" => tireless(stack)?,
        "recovery" => stack.with_recovery(RecoveryLayer::new()),
        "request_id" => stack.with_request_id(RequestIdLayer::new()),
        "security_headers" => stack.with_security_headers(SecurityHeaders::web().build()?),
        "security_headers-api" => stack.with_security_headers(SecurityHeaders::api().build()?),
        "security_headers-nonce" => stack.with_security_headers(with_nonce().build()?),
        "timeout" => stack.with_timeout(TimeoutLayer::new()),
        "trace" => stack.with_trace(TraceLayer::new()),
        "trace-recorded" => recorded(stack)?,
        "trace_context" => stack.with_trace_context(TraceContextLayer::new()),
        "trusted_hosts" => {
            stack.with_trusted_hosts(TrustedHostsLayer::try_new(["127.0.0.1", "api.example"])?)
        }
        _ => return Err(format!("no layers are called {layer:?}").into()),
    })
}

/// With a rate limit that no load uses up: the default's burst, which comes back as fast as it goes. Each decision and each field
/// is made as for any other quota.
fn tireless(stack: Stack) -> Read<Stack> {
    let gate = Gate::try_new([Quota::per_second(1_000_000_000).with_burst(200)])?;
    Ok(stack.with_rate_limit(RateLimitLayer::new(gate)))
}

/// With what tells the operator how it goes.
fn watched(stack: Stack) -> Read<Stack> {
    Ok(stack.with_metrics(MetricsLayer::new(&HttpMetrics::new())).with_access_log(log("combined")?))
}

/// A log like a program's, whose lines a thread of its own writes where they cost the least.
fn log(format: &str) -> Read<AccessLogLayer> {
    let config = AccessLogConfig::new().with_format(format.parse()?).with_file("/dev/null");
    Ok(AccessLogLayer::new(AccessLog::open(&config)?))
}

fn cache() -> Read<CacheLayer> {
    Ok(CacheLayer::new(ResponseCache::try_new(CacheConfig::new().with_capacity(64 << 20))?))
}

fn with_nonce() -> SecurityHeaders {
    SecurityHeaders::web().with_csp(Csp::web().with_script_src([csp::SELF, csp::NONCE]))
}

/// With a subscriber that takes down the fields of spans, for events that never come.
fn recorded(stack: Stack) -> Read<Stack> {
    tracing_subscriber::fmt().with_writer(io::sink).try_init()?;
    Ok(stack.with_trace(TraceLayer::new()))
}
