//! Request metrics: how many, how fast, how they ended, for each route; and the page from which Prometheus reads them.
//!
//! ```
//! use hyperserve_core::{Body, Request};
//! use hyperserve_middleware::metrics::{HttpMetrics, MetricsFormat, MetricsLayer};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let metrics = HttpMetrics::builder().with_label("service", "shop").build()?;
//! let hello = app_fn(async |_: Request| "hello");
//! let mut app = MetricsLayer::new(&metrics).layer(hello);
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(app.call(Request::get("/").body(Body::empty())?))?;
//!
//! // `metrics.endpoint()` answers with this page: put it where only your monitoring can reach it.
//! let page = metrics.render(MetricsFormat::OpenMetrics);
//! let line = r#"http_requests_total{service="shop",method="GET",route="unmatched",status="200"} 1"#;
//! assert!(page.contains(line), "{page}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is counted
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `http_requests_total` | counter | `method`, `route`, `status` |
//! | `http_request_duration_seconds` | histogram | `method`, `route` |
//! | `http_request_body_bytes_total` | counter, bytes that were read | `method`, `route` |
//! | `http_response_body_bytes_total` | counter, bytes that were given out | `method`, `route` |
//! | `http_requests_in_flight` | gauge | |
//! | `process_…` | CPU seconds, memory, threads, descriptors, start time | |
//!
//! A request is counted when its response is whole, as the access log has it. One that the client left before there was a
//! response has the status 499, one whose handler panicked 500. The duration begins when the server had the head and ends
//! with the last byte of the body; that of an event stream, and of an upgrade, ends with the head, since what follows says
//! nothing about the speed of the service.
//!
//! # The number of series is bounded
//!
//! `route` is the pattern that the router matched (`/users/{id}`), and `unmatched` where there is none, so that paths which
//! a client makes up are one series. `method` is one of those that HTTP registers, or `other`. Past
//! [`with_max_series`](HttpMetricsBuilder::with_max_series) pairs of the two, further routes are `other`. A pair keeps 15
//! statuses apart; further ones are `other`.
//!
//! # Cost
//!
//! Every thread has counters of its own, which no other thread writes: no lock, no locked instruction and no shared cache
//! line on the path of a request, and no allocation unless a body streams. They are added up when somebody looks. The
//! counters of a thread that has ended stay, and are taken over by the next thread.
//!
//! # Exemplars
//!
//! With [`with_exemplars`](HttpMetricsBuilder::with_exemplars) each bucket of the durations names the trace of the last request
//! in it that is part of a recorded one, so that a slow bucket leads to a slow request. Only OpenMetrics has them.
//!
//! # Whose layer
//!
//! Ours. `axum-prometheus` and the like go through the global recorder of the `metrics` crate, a hash of all labels and a
//! sharded lock for each event, and record at the response's head. `prometheus-client` is the field's own for metrics of
//! applications: its registries are part of the page ([`register`](HttpMetrics::register)).

mod builder;
mod catalog;
mod cells;
mod endpoint;
mod exemplar;
mod future;
mod handle;
mod index;
mod layer;
mod local;
mod method;
mod page;
mod pool;
mod process;
mod received;
mod sent;
mod snapshot;

pub use self::builder::{DEFAULT_BUCKETS, HttpMetricsBuilder, MetricsError};
pub use self::endpoint::MetricsEndpoint;
pub use self::future::MetricsFuture;
pub use self::handle::HttpMetrics;
pub use self::layer::{MetricsLayer, MetricsService};
pub use self::page::MetricsFormat;
pub use self::snapshot::{MetricsSnapshot, SeriesSnapshot};
