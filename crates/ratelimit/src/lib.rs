//! Rate limiting as a tower layer.
//!
//! A [`Gate`] holds quotas and what each client has left of them; a [`RateLimitLayer`] puts requests through it. Who is
//! beyond a quota gets 429 with `Retry-After`, and everybody is told what is left.
//!
//! ```
//! use hyperserve_core::{Body, Request};
//! use hyperserve_ratelimit::{Gate, Quota, RateLimitLayer};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! // 2 requests at once and 2 a minute for each client; and no more than 100 a day.
//! let gate = Gate::try_new([Quota::per_minute(2).with_name("burst"), Quota::per_day(100).with_name("daily")])?;
//! let layer = RateLimitLayer::new(gate).with_exempt_paths(["/healthz"])?;
//! let mut app = layer.layer(app_fn(async |_: Request| "hello"));
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # let mut ask = || runtime.block_on(app.call(Request::new(Body::empty()))).unwrap();
//! let first = ask();
//! assert_eq!(first.status(), 200);
//! assert_eq!(first.headers()["ratelimit-policy"], "\"burst\";q=2;w=60, \"daily\";q=100;w=86400");
//! assert_eq!(first.headers()["ratelimit"], "\"burst\";r=1;t=30, \"daily\";r=99;t=864");
//!
//! ask();
//! let third = ask();
//! assert_eq!(third.status(), 429);
//! assert_eq!(third.headers()["retry-after"], "30");
//! assert_eq!(third.headers()["ratelimit"], "\"burst\";r=0;t=30, \"daily\";r=98;t=864");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # One gate, one quota
//!
//! The state of the keys lives in the gate, which layers, services and their clones share: a server that clones its service
//! for each connection, on each worker, still gives every client one quota (`tower::limit::RateLimit` does not, axum#2634).
//!
//! # Several quotas
//!
//! A request must be within all quotas of its gate. All are looked at under one lock, at one moment, and a request that is
//! refused has taken nothing from any.
//!
//! # Whose quota
//!
//! [`KeyBy`] says: the client's address behind trusted proxies (IPv6 by /64), a header, the principal, the route, a closure,
//! or two of these together.
//!
//! # Memory
//!
//! A gate keeps [`DEFAULT_MAX_KEYS`] keys unless told otherwise. A key is forgotten when all of its quotas are whole again:
//! each new key looks at four others for that, so that there is no timer, no task, and no pause for a sweep. When there is no
//! room for a new key, it shares one bucket with all others for which there is none. To push known keys out instead would let
//! whoever makes up addresses wipe out what is known about him; to refuse new ones would let him lock everybody else out.
//!
//! # governor, and what is ours
//!
//! Whether a request passes is decided by the arithmetic of the crate `governor` (GCRA). Where states are kept is ours:
//! governor's stores grow without a bound, and know one quota each.
//!
//! # Cost
//!
//! A decision takes about a tenth of a microsecond (600 instructions), and no allocation for a key that is an address. A
//! request through the layer takes 1 400 instructions, and 4 300 with all header fields, which can be switched off.
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `redis` | `RedisOptions`: one quota for many machines | no |

mod error;
mod exempt;
mod fields;
mod future;
mod gate;
mod head;
mod key;
mod key_by;
mod layer;
mod limit;
mod memory;
mod number;
mod quota;
#[cfg(feature = "redis")]
mod redis;
mod rules;
mod service;
mod store;
mod ticks;
mod verdict;

/// The guide's page, whose examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/rate-limiting.md")]
pub mod guide {}

pub use self::error::RateLimitError;
pub use self::future::RateLimitFuture;
pub use self::gate::{DEFAULT_MAX_KEYS, Gate, GateBuilder};
pub use self::head::RequestHead;
pub use self::key::Key;
pub use self::key_by::KeyBy;
pub use self::layer::RateLimitLayer;
pub use self::limit::MAX_QUOTAS;
pub use self::quota::Quota;
#[cfg(feature = "redis")]
pub use self::redis::{RedisOptions, WhenAway};
pub use self::service::RateLimitService;
pub use self::store::{Charge, Check, GateStats, Store};
pub use self::verdict::Verdict;
pub use governor::clock;
