//! One [`tracing`] span a request, with the names of OpenTelemetry's semantic conventions.
//!
//! ```
//! use hyperserve_core::{Body, Request};
//! use hyperserve_middleware::trace::TraceLayer;
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let hello = app_fn(async |_: Request| {
//!     tracing::info!("said hello");
//!     "hello"
//! });
//! let mut app = TraceLayer::new().layer(hello);
//!
//! # let log = tempfile::NamedTempFile::new()?;
//! # let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.reopen()?).finish();
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # tracing::subscriber::with_default(subscriber, || {
//! # runtime.block_on(async {
//! let request = Request::get("/greet?token=s3cr3t").body(Body::empty())?;
//! app.call(request).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })
//! # })?;
//! # let log = std::fs::read_to_string(log.path())?;
//! // 2026-11-21T15:28:54.123456Z  INFO request{http.request.method="GET" url.path="/greet" …}: said hello
//! assert!(log.contains(r#"request{http.request.method="GET" url.path="/greet""#), "{log}");
//! assert!(!log.contains("s3cr3t"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The span
//!
//! It is named `request`, has the target `hyperserve::request`, and these fields:
//!
//! | field | |
//! |---|---|
//! | `http.request.method` | the method, `_OTHER` for one that no standard has |
//! | `http.request.method_original` | that one |
//! | `http.route` | the pattern of the route, where the layer runs after routing |
//! | `url.scheme`, `url.path` | as the client asked; the path as it stands in the target |
//! | `url.query` | the parameters that were [asked for](TraceLayer::with_query), and no others |
//! | `network.protocol.version` | `1.1`, `2`… |
//! | `client.address` | what [`ClientIp`](hyperserve_core::ClientIp) finds |
//! | `user_agent.original` | if [asked for](TraceLayer::with_user_agent) |
//! | `request_id` | the [request id](crate::request_id), with the feature `request-id` |
//! | `trace_id`, `span_id` | the [trace context](crate::trace_context), with the feature `trace-context` |
//! | `http.response.status_code` | once there is a response |
//! | `http.response.body.size` | once its body has ended, in bytes as the service gave them out |
//! | `error.type` | what went wrong: a 5xx status, `panic`, `body`, `cancelled`, `_OTHER` |
//! | `otel.name`, `otel.kind`, `otel.status_code` | what `tracing-opentelemetry` reads, if [asked for](TraceLayer::with_otel) |
//!
//! The span is entered whenever the service inside runs: in its call, in each poll of its future and of its response's body, and
//! when these are dropped. It ends with the body.
//!
//! # Events
//!
//! A response with a 5xx status, a panic, a body that fails, and a service that fails are told at level `ERROR`; a client that
//! left before the response was complete at `INFO`. They are inside the span.
//!
//! # Where to put it
//!
//! With `Router::layer`, last: then it is around all routes and the router's own 404 and 405, and knows the route. Around a
//! router it does not. Request ids and trace contexts are known if their layers are further out.
//!
//! # Cost
//!
//! Where no subscriber is interested in the span, the layer looks at one static and passes on the request; the response's body
//! stays as it is. Nothing is told then, failures neither.
//!
//! # Secrets
//!
//! Of headers nothing is recorded but `User-Agent` on demand, and of the query only what is asked for by name. A path is
//! recorded as it is: keep secrets out of paths.
//!
//! # Why not tower-http's
//!
//! `tower_http::trace` has names of its own, records the whole target with its query, wraps the body of every response even
//! where nobody listens, and does not tell a panic from a client that left.

mod asked;
mod body;
mod future;
mod layer;
mod span;
mod traced;

pub use self::future::TraceFuture;
pub use self::layer::{TraceLayer, TraceService};

/// The target of spans and events, to be filtered by.
const TARGET: &str = "hyperserve::request";

/// Compiles the Rust blocks of the guide's page.
#[cfg(all(doctest, feature = "request-id", feature = "trace-context"))]
#[doc = include_str!("../../../../docs/guide/request-id.md")]
mod guide {}

#[cfg(test)]
mod tests;
