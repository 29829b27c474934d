//! Timeout: how long a service may take for a response, and how long its body may keep silent or go on.
//!
//! ```
//! use std::time::Duration;
//!
//! use hyperserve_core::{Body, Request};
//! use hyperserve_middleware::timeout::TimeoutLayer;
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let slow = app_fn(async |_: Request| {
//!     tokio::time::sleep(Duration::from_secs(5)).await;
//!     "at last"
//! });
//! let timeout = TimeoutLayer::new().with_head(Duration::from_millis(10));
//! let mut app = timeout.layer(slow);
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! let response = runtime.block_on(app.call(Request::new(Body::empty())))?;
//! assert_eq!(response.status(), 503);
//! assert_eq!(response.headers()["retry-after"], "5");
//! assert_eq!(timeout.handle().timeouts(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is timed
//!
//! | | from | to | default | when it is over |
//! |---|---|---|---|---|
//! | [head](TimeoutLayer::with_head) | the call | the response | 30 s | the service's future is dropped; 503 with `Retry-After: 5` |
//! | [body, idle](TimeoutLayer::with_body_idle) | the server waits for a part of the body | it comes | off | the body breaks off |
//! | [body, total](TimeoutLayer::with_body_total) | the response | the end of its body | off | the body breaks off |
//!
//! A duration of zero switches its bound off. A body that breaks off is an error to the server, which cuts the
//! connection (HTTP/1.1) or resets the stream (HTTP/2): what was sent cannot be taken for the whole. A body that is in
//! memory is not timed, and passes as it is.
//!
//! The idle time is the service's own silence. A client that does not read is the server's matter
//! (`write_stall_timeout`), and so is one that sends its request slowly (`body_idle_timeout`), unless that keeps the
//! service from answering.
//!
//! Event streams are never broken off: they are silent by nature and go on for as long as they like. They are known by
//! `Content-Type: text/event-stream` or [`EndsOnShutdown`](hyperserve_core::EndsOnShutdown). Neither is what comes
//! after an upgrade (101, a successful CONNECT): it is no response body.
//!
//! # 503, and neither 504 nor 408
//!
//! 504 says that a gateway did not hear from a server behind it in time (RFC 9110 §15.6.5), and here nothing is behind.
//! 408 says that the client did not send its request in time (§15.5.9), which is untrue, and clients repeat such a
//! request on a connection of their own accord, one that is not idempotent as well. 503 says that the server cannot
//! handle the request now and probably can later (§15.6.4), with `Retry-After`. Round a service that forwards requests,
//! [`TimeoutStatus::GatewayTimeout`] is right.
//!
//! # By route
//!
//! Each layer times for itself, so of two the shorter counts. For a shorter time, wrap a route in a layer of its own.
//! For a longer one, [exempt](TimeoutLayer::with_exempt) its path from the outer layer and wrap it.
//!
//! # Cost
//!
//! A service that answers at the first poll is never timed. Otherwise it is one timer of tokio's, without an
//! allocation; a body that is timed costs one allocation. The runtime has to have tokio's timers, as HyperServe's own
//! has.
//!
//! # Why not tower-http's `TimeoutLayer`
//!
//! It answers with an empty body, and starts a timer for every request; its `TimeoutBody` starts one for every part of
//! the body, and breaks event streams off.

mod body;
mod future;
mod layer;
mod settings;

pub use self::future::TimeoutFuture;
pub use self::layer::{TimeoutHandle, TimeoutLayer, TimeoutService};
pub use self::settings::TimeoutStatus;
