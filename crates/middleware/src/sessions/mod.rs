//! Sessions: what a service remembers of a browser between requests.
//!
//! ```
//! use hyperserve_core::{Body, Request, RequestExt as _};
//! use hyperserve_middleware::sessions::{MemoryStore, Session, SessionConfig, SessionError, SessionLayer};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let count = app_fn(async |request: Request| {
//!     let Ok(session) = request.extract::<Session, _>().await else { return Ok("no sessions".to_owned()) };
//!     let visits = session.get::<u32>("visits").await?.unwrap_or(0) + 1;
//!     session.insert("visits", visits).await?;
//!     Ok::<_, SessionError>(visits.to_string())
//! });
//! let layer = SessionLayer::with_store(MemoryStore::new(), &SessionConfig::new())?;
//! let mut app = layer.layer(count);
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let Ok(first) = app.call(Request::new(Body::empty())).await;
//! let cookie = first.headers()["set-cookie"].to_str()?;
//! assert!(cookie.starts_with("session=") && cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/"));
//!
//! let pair = cookie.split_once(';').ok_or("no pair")?.0;
//! let Ok(second) = app.call(Request::get("/").header("cookie", pair).body(Body::empty())?).await;
//! assert_eq!(second.body().as_bytes().unwrap(), "2");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Two kinds
//!
//! [`SessionLayer::with_store`] keeps the data on the server, in memory, in Redis (feature `sessions-redis`), or in any store of
//! the tower-sessions ecosystem; the cookie has a random id of 128 bits. [`SessionLayer::with_cookie`] keeps the data in the
//! cookie, encrypted: it needs no store, holds about 3 KB, and whoever has a copy of a cookie has that session until it
//! expires, also after a logout.
//!
//! # What is heeded
//!
//! - The cookie is `HttpOnly`, `SameSite=Lax`, without `Domain`; over TLS it is `Secure` and named `__Host-session`
//!   (RFC 6265bis §4.1.3.2), so that neither plain HTTP nor a sibling host can set one. Whether a request came over TLS is
//!   what [`ClientIp`](hyperserve_core::ClientIp) finds.
//! - An id that the store does not know is never taken over: the session gets a new one. [`Session::renew`] gives it a new
//!   one at will; do so when somebody logs in (session fixation), as `Session::log_in` does.
//! - A session ends 2 hours after it was last used and 24 hours after it began, whatever the cookie says.
//! - A session that nobody looks at costs no look into the store and no `Set-Cookie`. One that was only read is saved again
//!   once a tenth of its idle time is over.
//! - Responses that depend on a session have `Vary: Cookie`; those that set the cookie are `Cache-Control: private` unless
//!   they say otherwise.
//!
//! Two requests of one session at the same time both start from what was stored; the later to end wins.
//!
//! # Why not tower-sessions' layer
//!
//! Its stores and their trait are used. Its layer has no absolute end, no `__Host-` names, no sessions in cookies, boxes a
//! future for each request, and takes `Secure` as a fixed setting.

mod config;
mod content;
mod cookies;
mod error;
mod future;
mod key;
mod layer;
#[cfg(feature = "auth")]
mod login;
mod memory;
#[cfg(feature = "sessions-redis")]
mod redis;
mod sealed;
mod session;
mod stored;

pub use tower_sessions_core::SessionStore;
pub use tower_sessions_core::session::{Id, Record};
pub use tower_sessions_core::session_store::{Error as StoreError, Result as StoreResult};

pub use self::config::{SecureCookie, SessionConfig};
pub use self::error::{SessionConfigError, SessionError};
pub use self::future::SessionFuture;
pub use self::key::SessionKey;
pub use self::layer::{SessionLayer, SessionService};
#[cfg(feature = "auth")]
pub use self::login::{SessionAuth, SessionAuthFuture};
pub use self::memory::MemoryStore;
#[cfg(feature = "sessions-redis")]
pub use self::redis::{RedisStore, RedisStoreOptions};
pub use self::session::Session;

/// The guide's examples, compiled.
#[cfg(all(doctest, feature = "auth", feature = "sessions-redis"))]
#[doc = include_str!("../../../../docs/guide/sessions.md")]
mod guide {}
