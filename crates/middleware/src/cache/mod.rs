//! A cache of responses in memory: a shared cache of RFC 9111 in front of a service.
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU32, Ordering};
//!
//! use http::header::CACHE_CONTROL;
//! use hyperserve_core::{Body, Request};
//! use hyperserve_middleware::cache::{CacheConfig, CacheLayer, ResponseCache};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let calls = Arc::new(AtomicU32::new(0));
//! let counted = Arc::clone(&calls);
//! let news = app_fn(move |_: Request| {
//!     counted.fetch_add(1, Ordering::Relaxed);
//!     async { ([(CACHE_CONTROL, "max-age=60")], "news") }
//! });
//!
//! let cache = ResponseCache::try_new(CacheConfig::new())?;
//! let mut app = CacheLayer::new(cache.clone()).layer(news);
//! let request = || Request::get("http://example.com/news").body(Body::empty());
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! # runtime.block_on(async {
//! let first = app.call(request()?).await?;
//! assert_eq!(first.headers()["cache-status"], "hyperserve; fwd=uri-miss; stored");
//! let second = app.call(request()?).await?;
//! assert_eq!(second.headers()["cache-status"], "hyperserve; hit; ttl=60");
//! assert_eq!(calls.load(Ordering::Relaxed), 1);
//!
//! cache.purge(&"http://example.com/news".parse()?);
//! app.call(request()?).await?;
//! assert_eq!(calls.load(Ordering::Relaxed), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is stored
//!
//! Responses to GET that say how long they are fresh (`s-maxage`, `max-age`, `Expires`), and those that can be validated
//! (`ETag`, `Last-Modified`) once they are not. A response that says nothing of it is never stored, unless
//! [guesses](CacheConfig::with_heuristic) are switched on. Nor are those with `no-store`, `private`, `Set-Cookie` or `Vary: *`,
//! answers to requests with `Authorization` or a client certificate, and to requests with `Cookie` unless they are `public`.
//!
//! The key is scheme, authority, path and query, and the fields that `Vary` names. GET with content, ranges, `If-Match` and
//! upgrades go to the service as if there were no cache.
//!
//! # What it does with time
//!
//! A stale response is validated with its validators; a 304 freshens it. `stale-while-revalidate` and `stale-if-error`
//! (RFC 5861) are followed. Of many requests for the same that is not there, one goes to the service; the others wait for it,
//! for a bounded time. When its client leaves or the service fails, another one goes.
//!
//! # Why there are rules of our own
//!
//! The crate `http-cache-semantics` (3.0) was the alternative. It takes directives by case, so that `No-Store` is no
//! `no-store`; keeps one line of a repeated field; gives a stored response the date of the hit; leaves out what a
//! response took and its `Date` from its age; reads one of three forms of `Expires`; drops fields that only a 304 has; and lets
//! `s-maxage` be used stale. It builds all fields anew for each hit. RFC 5861 and `only-if-cached` are not in it.
//!
//! # Cost
//!
//! A hit copies no body. Its fields are made once a second and cloned for each request. A hit, and a request that is known to have
//! no answer to store, cost about 3 600 instructions, less than a microsecond; `benches/layers.py` measures it. Methods other
//! than GET and HEAD, upgrades and excluded paths cost next to nothing.

mod background;
mod call;
mod conditional;
mod config;
mod directives;
mod fetch;
mod flight;
mod freshness;
mod future;
mod key;
mod label;
mod layer;
mod plan;
mod record;
mod reuse;
mod store;
mod stored;
mod storing;
mod vary;

pub use self::config::{CacheConfig, CacheConfigError};
pub use self::future::CacheFuture;
pub use self::key::CacheKey;
pub use self::layer::{CacheLayer, CacheService};
pub use self::store::ResponseCache;

/// Compiles the guide's page.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/guide/response-cache.md")]
mod guide {}

#[cfg(test)]
mod tests;
