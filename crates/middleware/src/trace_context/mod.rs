//! W3C Trace Context: `traceparent` and `tracestate`, carried on from callers to the calls that handlers make.
//!
//! ```
//! use hyperserve_core::{Body, Request, RequestExt as _};
//! use hyperserve_middleware::trace_context::{TraceContext, TraceContextLayer};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let app = app_fn(async |request: Request| {
//!     let context: TraceContext = request.extract().await.unwrap();
//!     // For the headers of a call to another service.
//!     context.traceparent()
//! });
//! let mut app = TraceContextLayer::new().layer(app);
//!
//! let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
//! let request = Request::get("/").header("traceparent", parent).body(Body::empty())?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let ours = app.call(request).await?.into_body().collect(100).await?;
//! assert!(ours.starts_with(b"00-0af7651916cd43dd8448eb211c80319c-") && ours.ends_with(b"-01"));
//! assert_ne!(ours, parent);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is carried on
//!
//! The one `traceparent` of a request, if it is well formed: lower-case digits, no id all zero, not version `ff`, nothing behind
//! version `00`. A later version is read as far as version `00` goes, and answered with version `00` (§3.2.4). The request gets
//! a span id of its own, whose parent is the caller's. Of the flags, *sampled* and *random* (Level 2) are kept as they came.
//!
//! A `tracestate` goes along if each of its members is well formed and there are at most 32; it is left out otherwise, and the
//! trace goes on without. Of one with more than 512 characters whole members are left out: those above 128 characters, then
//! the last.
//!
//! Otherwise a trace starts here, with random ids and the *random* flag, and without a `tracestate`.
//!
//! # Whose traces
//!
//! Everybody's, since a trace that starts in a browser is to be found again; nothing is decided by a trace's id. A stranger can
//! set *sampled* though, and so have recorded what costs to record. Where that counts, carry on those of trusted proxies
//! [alone](TraceContextLayer::with_incoming).
//!
//! # Where it is
//!
//! In the request's extensions as a [`TraceContext`], which handlers take, and in its `traceparent` and `tracestate`, so that
//! applications of any kind go on from here. Responses have no field for it: none has been standardised.

mod context;
mod ids;
mod layer;
mod parent;
mod state;

pub use self::context::{MissingTraceContext, TraceContext};
pub use self::ids::{SpanId, TraceFlags, TraceId};
pub use self::layer::{TraceContextLayer, TraceContextService};
