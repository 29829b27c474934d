//! Faults on purpose: late answers, failures, slow and broken bodies, panics. To see what clients do about them.
//!
//! ```
//! use http::StatusCode;
//! use hyperserve_core::{Body, Request};
//! use hyperserve_middleware::chaos::{ChaosConfig, ChaosLayer};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let config = ChaosConfig::new()
//!     .with_seed(7)
//!     .with_paths("/api".parse()?)
//!     .with_errors(1.0, [StatusCode::SERVICE_UNAVAILABLE]);
//! # let config = config.allow_in_release(true);
//! let mut app = ChaosLayer::try_new(config)?.layer(app_fn(async |_: Request| "hello"));
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! # runtime.block_on(async {
//! let broken = app.call(Request::get("/api/items").body(Body::empty())?).await?;
//! assert_eq!((broken.status(), &broken.headers()["x-chaos"]), (StatusCode::SERVICE_UNAVAILABLE, &"error;status=503".parse()?));
//!
//! let whole = app.call(Request::get("/").body(Body::empty())?).await?;
//! assert_eq!(whole.status(), StatusCode::OK);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which faults, and when
//!
//! Each fault has a rate between 0 and 1, and is drawn for each request within the [paths](ChaosConfig::with_paths),
//! [methods](ChaosConfig::with_methods) and [header](ChaosConfig::with_header) that the layer is for.
//!
//! | fault | what happens | `x-chaos` |
//! |---|---|---|
//! | [latency](ChaosConfig::with_latency) | the answer is held back | `latency;ms=120` |
//! | [error](ChaosConfig::with_errors) | a problem with a status of yours; the service is not asked | `error;status=503` |
//! | [panic](ChaosConfig::with_panics) | the request's future panics; the service is not asked | |
//! | [throttle](ChaosConfig::with_throttle) | the body goes out at so many bytes a second | `throttle;rate=16384` |
//! | [abort](ChaosConfig::with_aborts) | the body fails part of the way: the connection breaks, or the stream is reset | `abort` |
//!
//! Latency goes with any other; a panic wins over an error, and both leave no body to throttle or abort. Each fault is logged
//! by `tracing` as well, a panic only there: it has no response.
//!
//! # The same again
//!
//! The nth request that the layer is for meets the same faults whenever the seed is the same, whichever worker it comes to.
//! Without a seed there is a random one, logged when the layer is made.
//!
//! # Not in production by accident
//!
//! [`ChaosLayer::try_new`] fails in a build without debug assertions, which a release build is, unless
//! [`allow_in_release`](ChaosConfig::allow_in_release) says that it is meant.

mod body;
mod config;
mod dice;
mod faults;
mod future;
mod latency;
mod layer;

pub use self::config::{ChaosConfig, ChaosError};
pub use self::future::ChaosFuture;
pub use self::latency::Latency;
pub use self::layer::{ChaosLayer, ChaosService};

/// Compiles the guide's page.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/guide/chaos.md")]
mod guide {}
