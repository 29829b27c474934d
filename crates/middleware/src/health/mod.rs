//! Probes for who starts, watches and replaces a service: `/livez`, `/readyz` and `/healthz`, with checks of one's own; and a
//! gate for services that listen before they can serve.
//!
//! ```
//! use hyperserve_core::{Body, BoxError, Request};
//! use hyperserve_middleware::health::{Health, HealthCheck};
//! use tower_service::Service as _;
//!
//! async fn ping() -> Result<(), BoxError> {
//!     Err("the database does not answer".into())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cache = HealthCheck::new("cache", async || Ok::<_, BoxError>(())).optional();
//! let mut health = Health::builder().with_check(HealthCheck::new("database", ping)).with_check(cache).build()?;
//!
//! let live = health.call(Request::get("/livez").body(Body::empty())?).await?;
//! let ready = health.call(Request::get("/readyz").body(Body::empty())?).await?;
//! assert_eq!((live.status().as_u16(), ready.status().as_u16()), (200, 503));
//! # Ok(()) }
//! ```
//!
//! # What is answered
//!
//! | path | 200 | 503 |
//! |---|---|---|
//! | `/livez` | as long as there is an answer at all | |
//! | `/readyz` | requests may come | starting, going down, or a critical check fails |
//! | `/healthz` | the same, with each check and its time; `degraded` if an optional one fails | the same |
//!
//! 200 is JSON, or plain text where `Accept` likes that better; 503 is a [`Problem`](hyperserve_core::Problem) in the format
//! that it likes best. GET and HEAD, anything else is 405. A slash at the end makes no difference, and nothing is redirected:
//! probes do not follow. Nothing is stored (`Cache-Control: no-store`).
//!
//! A failing check is named, but what it says is logged and not told to clients, except in
//! [debug mode](hyperserve_core::problem::set_debug).
//!
//! # Where
//!
//! [`Health`] is a service: for a listener of its own, which answers however busy the workers are. [`HealthLayer`] puts the same
//! three paths before a service, and leaves the others to it.
//!
//! # Whose layer
//!
//! Ours: tower-http has none.

mod answer;
mod check;
mod deferred;
mod gate;
mod layer;
mod probe;
mod registry;
mod service;
mod watch;

pub use self::check::HealthCheck;
pub use self::deferred::{Deferred, DeferredState};
pub use self::gate::{DeferredFuture, DeferredLayer, DeferredService};
pub use self::layer::{HealthLayer, HealthLayerFuture, HealthService};
pub use self::registry::{HealthBuilder, HealthError};
pub use self::service::{Health, HealthFuture};
