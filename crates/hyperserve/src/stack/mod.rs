//! [`Stack`]: the layers that a service has in front of its handlers, in the order that they need.
//!
//! ```
//! use hyperserve::middleware::cors::CorsConfig;
//! use hyperserve::prelude::*;
//!
//! let cors = CorsConfig::new().with_origins(["https://app.example"]).build()?;
//! let stack = Stack::secure_api().with_cors(cors).without_decompression();
//! let app = App::new().route("/", get(async || "hello")).layer(stack);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The order
//!
//! From the outside, as a request meets them. Each place is empty or has a layer; [`names`](Stack::names) lists those that
//! have one.
//!
//! | place | layer | web | api | files |
//! |---|---|---|---|---|
//! | `health` | probes, which nothing refuses and nobody logs | | | |
//! | `trace_context` | W3C trace context, carried on or started | yes | yes | |
//! | `request_id` | an id, for handlers, logs and the client | yes | yes | yes |
//! | `access_log` | one line a request | | | |
//! | `trace` | one `tracing` span a request | | | |
//! | `metrics` | requests by route | | | |
//! | `security_headers` | what browsers protect users with | web | API | web |
//! | `recovery` | a panic is one 500 | yes | yes | yes |
//! | `deferred` | 503 until a start is over | | | |
//! | `ip_filter` | networks that may not | | | |
//! | `trusted_hosts` | hosts that are answered for | | | |
//! | `https_redirect` | plain HTTP is sent to HTTPS | | | |
//! | `cors` | pages of other origins that may read | | | |
//! | `rate_limit` | 100 requests a second and client, 200 at once | yes | yes | yes |
//! | `concurrency` | requests at once | | | |
//! | `csrf` | refuses what pages of other sites make a browser send | yes | yes | |
//! | `cache` | responses kept in memory, as they were compressed | | | |
//! | `compression` | zstd, Brotli and gzip | yes | yes | yes |
//! | `error_pages` | what a foreign service answers without words, told as a problem | | | |
//! | `timeout` | 30 s to the head of a response | yes | yes | yes |
//! | `decompression` | coded requests, with caps | | yes | |
//! | `body_limit` | the size of bodies, for foreign services too | | | |
//! | `static_files` | directories at paths, in front of a service that has no router of ours | | | |
//!
//! Refusals carry the fields of the layers outside of the one that refuses: a page of an allowed origin can read the 429 of
//! the limiter, and every answer has an id. The log and the metrics see what the client sees. What is refused for its address
//! or its host costs no more than that.
//!
//! The error pages are outside of `timeout`, `decompression` and `body_limit`: these judge what the service itself answered, and
//! their refusals are told in the accepted form also where another server than ours calls the stack. They are inside of
//! `compression`, which leaves problems as they are, and of `cache`, which tells a stored problem to each client in its form. No
//! named stack has them, since what is HyperServe's answers with problems anyway; put them in front of services of another make.
//!
//! Empty places need something of yours: a log a place to write to, CORS the origins, trusted hosts their names. Given to
//! [`App::layer`](crate::App::layer) a stack runs after routing, so that metrics and limits know the route.

mod link;
mod presets;
mod slots;

pub use self::slots::{Stack, Stacked, StackedFuture};
