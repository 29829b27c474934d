//! Middleware of HyperServe as tower layers, one directory and one cargo feature each.
//!
//! Every layer takes and makes a `tower::Service<http::Request<Body>, Response = http::Response<Body>>` with
//! `hyperserve_core`'s `Body`, so it fits round a router, round one subtree, or round any other service.
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `access-log` | `access_log`: one line a request, written off the request's thread | yes |
//! | `auth` | `auth`: bearer tokens and API keys, `require(scope)`; what they find out is the request's `Principal` | no |
//! | `auth-basic` | Basic authentication with argon2 and bcrypt hashes, in `auth` | no |
//! | `cache` | `cache`: responses kept in memory, as RFC 9111 lets a shared cache | no |
//! | `chaos` | `chaos`: faults on purpose, to see what clients do about them | no |
//! | `compression` | `compression`: zstd, Brotli and gzip for responses, as clients accept them | no |
//! | `cors` | `cors`: which pages of other origins may read responses | no |
//! | `csrf` | `csrf`: refuses what pages of other sites make a browser send, without tokens | no |
//! | `decompression` | `decompression`: coded requests, with caps on what comes out | no |
//! | `error-pages` | `error_pages`: errors of foreign services, told as problems in the accepted form | no |
//! | `health` | `health`: probes with checks of one's own, and a gate for services that are slow to start | no |
//! | `https-redirect` | `https_redirect`: 308 from plain HTTP to HTTPS | no |
//! | `ip-filter` | `ip_filter`: networks that may and may not, replaceable while running | no |
//! | `jwt` | `jwt`: JSON Web Tokens, with keys that are given or published (JWKS) | no |
//! | `jwt-https` | keys from `https` addresses, in `jwt` | no |
//! | `limits` | `limits`: the size of bodies, requests at once, load shedding | no |
//! | `metrics` | `metrics`: requests by route, and the page from which Prometheus reads them | no |
//! | `recovery` | `recovery`: a panic is one 500, logged with its location and stack | no |
//! | `security-headers` | `security_headers`: CSP with nonces, HSTS, and the rest of what browsers ask for | no |
//! | `sessions` | `sessions`: in an encrypted cookie, or in a store with an id in a cookie | no |
//! | `sessions-redis` | a store in Redis, in `sessions` | no |
//! | `timeout` | `timeout`: the time to a response, and for its body | no |
//! | `trusted-hosts` | `trusted_hosts`: which hosts are answered for (DNS rebinding) | no |
//! | `otlp` | `otlp`: traces and metrics to a collector, over gRPC or HTTP | no |
//! | `request-id` | `request_id`: an id a request, for handlers, logs and the client | no |
//! | `trace` | `trace`: one `tracing` span a request, with OpenTelemetry's names | no |
//! | `trace-context` | `trace_context`: W3C Trace Context, carried on or started | no |
//!
//! Layers that are for a part of a service's paths take [`Paths`], which is there without any feature.

#[cfg(any(feature = "request-id", feature = "trace-context"))]
mod accept_incoming;
#[cfg(feature = "access-log")]
pub mod access_log;
#[cfg(any(
    feature = "csrf",
    feature = "https-redirect",
    feature = "ip-filter",
    feature = "security-headers",
    feature = "trusted-hosts"
))]
mod asked;
#[cfg(feature = "auth")]
pub mod auth;
#[cfg(feature = "cache")]
pub mod cache;
#[cfg(feature = "chaos")]
pub mod chaos;
#[cfg(feature = "compression")]
pub mod compression;
#[cfg(feature = "cors")]
pub mod cors;
#[cfg(any(
    feature = "cors",
    feature = "limits",
    feature = "recovery",
    feature = "security-headers",
    feature = "timeout"
))]
mod counted;
#[cfg(feature = "csrf")]
pub mod csrf;
#[cfg(feature = "decompression")]
pub mod decompression;
#[cfg(any(
    feature = "cors",
    feature = "csrf",
    feature = "https-redirect",
    feature = "ip-filter",
    feature = "limits",
    feature = "trusted-hosts"
))]
mod early;
#[cfg(feature = "error-pages")]
pub mod error_pages;
#[cfg(all(
    test,
    any(
        feature = "cors",
        feature = "csrf",
        feature = "https-redirect",
        feature = "ip-filter",
        feature = "security-headers",
        feature = "trusted-hosts"
    )
))]
mod exchange;
#[cfg(feature = "health")]
pub mod health;
#[cfg(feature = "https-redirect")]
pub mod https_redirect;
#[cfg(feature = "ip-filter")]
pub mod ip_filter;
#[cfg(feature = "jwt")]
pub mod jwt;
#[cfg(feature = "limits")]
pub mod limits;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(any(feature = "cors", feature = "csrf"))]
mod origin;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(any(feature = "request-id", feature = "trace-context"))]
mod random;
#[cfg(feature = "recovery")]
pub mod recovery;
#[cfg(feature = "request-id")]
pub mod request_id;
#[cfg(any(feature = "timeout", feature = "limits"))]
mod retry_after;
#[cfg(feature = "security-headers")]
pub mod security_headers;
#[cfg(feature = "sessions")]
pub mod sessions;
#[cfg(feature = "timeout")]
pub mod timeout;
#[cfg(feature = "trace")]
pub mod trace;
#[cfg(feature = "trace-context")]
pub mod trace_context;
#[cfg(feature = "trusted-hosts")]
pub mod trusted_hosts;

#[cfg(any(feature = "request-id", feature = "trace-context"))]
pub use crate::accept_incoming::{AcceptIncoming, AcceptIncomingError};
pub use hyperserve_core::{Paths, PathsError};
