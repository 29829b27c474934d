//! Traces and metrics to a collector, over OTLP: gRPC or HTTP.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use hyperserve_middleware::metrics::{HttpMetrics, MetricsLayer};
//! use hyperserve_middleware::otlp::{Otlp, OtlpConfig, continue_trace};
//! use hyperserve_middleware::trace::TraceLayer;
//! use tracing_subscriber::layer::SubscriberExt as _;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let otlp = Otlp::start(&OtlpConfig::new("shop").with_endpoint("http://127.0.0.1:4317"))?;
//! tracing::subscriber::set_global_default(tracing_subscriber::registry().with(otlp.layer()))?;
//!
//! let metrics = HttpMetrics::new();
//! otlp.export(&metrics);
//! // Around the service: one span a request, which goes on with the caller's trace; and what is counted of it.
//! let layers = (TraceLayer::new().with_otel(true).with_on_start(continue_trace), MetricsLayer::new(&metrics));
//! # drop(layers);
//!
//! // When the server has stopped:
//! otlp.shutdown(Duration::from_secs(5))?;
//! # Ok(()) }
//! ```
//!
//! # What goes out
//!
//! - **Spans**: those of `tracing`, at level `INFO` and above, sampled as the caller's trace is, or by
//!   [a share](OtlpConfig::with_sampling) where the trace begins here. Spans of the libraries that do the sending are left out,
//!   since each would make more of them.
//! - **Metrics of one's own**: whatever is recorded with a [meter](Otlp::meter).
//! - **Metrics of requests**: those of [`HttpMetrics`](crate::metrics::HttpMetrics), with the names of OpenTelemetry's
//!   semantic conventions where it has one.
//!
//! | metric | kind | attributes |
//! |---|---|---|
//! | `http.server.request.duration` | histogram, seconds | `http.request.method`, `http.route` |
//! | `http.server.active_requests` | sum | |
//! | `http.server.requests` | sum | the same, and `http.response.status_code` |
//! | `http.server.request.body.bytes`, `http.server.response.body.bytes` | sum, bytes | as the first |
//!
//! # When the collector is away
//!
//! Nothing waits for it. Spans wait in a queue of [2 048](OtlpConfig::with_queue) and are dropped beyond; metrics are sums, of
//! which the next export tells. It is logged once when an export fails, and once when one succeeds again.
//!
//! # How
//!
//! With the crates of OpenTelemetry, whose exporters run on a thread of this module: they need a runtime, and must not end
//! with a worker's. Their SDK takes no histogram that was counted elsewhere, so that those of requests are sent by this
//! module, as the messages of `opentelemetry-proto`.
//!
//! The collector is reached over plain HTTP: one beside the service, which then speaks TLS to others. `https` is refused.

mod config;
mod continuing;
mod exporting;
mod providers;
mod pushing;
mod requests;
mod runtime;
mod sending;

/// Compiles the guide's page.
#[cfg(all(doctest, feature = "health"))]
#[doc = include_str!("../../../../docs/guide/observability.md")]
mod guide {}

pub use opentelemetry;

pub use self::config::{OtlpConfig, OtlpError, OtlpProtocol};
pub use self::continuing::continue_trace;
pub use self::providers::{Otlp, OtlpLayer};
