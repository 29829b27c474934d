//! Limits: how large a request's body may be, how many requests are in work at once, and what happens to the rest.
//!
//! ```
//! use hyperserve_core::{Body, Request};
//! use hyperserve_middleware::limits::{BodyLimitLayer, ConcurrencyLimitLayer};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let bodies = BodyLimitLayer::try_new(16 * 1024)?;
//! let requests = ConcurrencyLimitLayer::try_new(200)?;
//! let in_work = requests.handle();
//!
//! let hello = app_fn(async |_: Request| "hello");
//! let mut app = requests.layer(bodies.layer(hello));
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! let large = Request::post("/").body(Body::from(vec![0; 20_000]))?;
//! let response = runtime.block_on(app.call(large))?;
//! assert_eq!(response.status(), 413);
//! assert_eq!((in_work.in_flight(), in_work.refused(), in_work.limit()), (0, 0, 200));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Bodies
//!
//! [`BodyLimitLayer`] bounds the body of a request whatever reads it, a foreign service as well; the server's
//! `body_limit` and [`RequestContext::body_limit`](hyperserve_core::RequestContext::body_limit) bound what HyperServe's
//! extractors collect, and still do. The smallest of them counts.
//!
//! | a body | |
//! |---|---|
//! | whose length is known and too large | 413 at once; the service is not called and nothing is read |
//! | whose length is known and within the limit | passes as it is: the connection sees to it that the length is kept |
//! | of unknown length | fails with [`BodyError::too_large`](hyperserve_core::BodyError::too_large) at the first byte too many; if the service then answers with an error of its own, 413 takes its place |
//!
//! Bytes are counted as they come, before any content coding is undone.
//!
//! # Requests at once
//!
//! [`ConcurrencyLimitLayer`] lets so many requests in. All clones of a layer, and of the services that it makes, share
//! one limit, over all workers. A request has its place until its response's body has ended, was dropped since the
//! client left, or, being whole in memory, was handed out. What comes after an upgrade (a WebSocket) has no place.
//!
//! The rest is refused with 503 and `Retry-After`, or [waits](ConcurrencyLimitLayer::with_queue) in a queue, first come
//! first served, of bounded length and for a bounded time. There is no queue unless asked for: who waits in one holds
//! memory and has less patience left once it is served.
//!
//! [`LoadShedLayer`] is for services that say themselves that they are not ready (tower's `Buffer`, its limits, a
//! pool): instead of letting the connection wait it answers 503.
//!
//! # Cost
//!
//! A body of known length costs a comparison; one of unknown length two allocations. A place is a semaphore's permit,
//! without an allocation, unless the request waits or its response streams: one each.
//!
//! # Why not tower's and tower-http's
//!
//! tower's `ConcurrencyLimit` makes the connection wait in `poll_ready` and gives the place back with the head of the
//! response; its `LoadShed` answers with an error that is no response. tower-http's `RequestBodyLimit` changes the
//! types of both bodies, and answers in plain text.

mod body;
mod concurrency;
mod error;
mod load_shed;
mod refusal;

pub use self::body::{BodyLimitFuture, BodyLimitHandle, BodyLimitLayer, BodyLimitService};
pub use self::concurrency::{
    ConcurrencyLimitFuture, ConcurrencyLimitHandle, ConcurrencyLimitLayer, ConcurrencyLimitService,
};
pub use self::error::LimitsError;
pub use self::load_shed::{LoadShedFuture, LoadShedHandle, LoadShedLayer, LoadShedService};
