//! Refuses what pages of other sites make a visitor's browser send (cross-site request forgery), without tokens.
//!
//! Browsers say with every request where it comes from: `Sec-Fetch-Site` (Fetch Metadata, W3C) and `Origin` (RFC 6454 §7).
//! A request that changes something and comes from elsewhere is refused with 403. The scheme is that of Go 1.25's
//! `CrossOriginProtection`:
//!
//! 1. GET, HEAD, OPTIONS and QUERY pass: safe methods change nothing (RFC 9110 §9.2.1; keep to that).
//! 2. An `Origin` on the list of trusted ones passes.
//! 3. `Sec-Fetch-Site: same-origin` and `none` (typed, bookmarked) pass; any other value is refused.
//! 4. Without `Sec-Fetch-Site`, which browsers leave out on plain HTTP: no `Origin` passes, since that is no browser; an
//!    `Origin` that is the request's own host passes; any other is refused.
//!
//! tower-http 0.7 has this scheme as well. Ours differs where the server knows more: the request's own host is the one
//! that a trusted proxy forwards, default ports are the same as none, a page of plain HTTP is not the same as this host
//! over HTTPS, trusted origins have patterns, and the refusal is a problem (RFC 9457).
//!
//! A WebSocket handshake is a GET, or over HTTP/2 a CONNECT that is treated alike: whether the page may connect is decided by
//! the WebSocket's own check of `Origin`.
//!
//! ```
//! use hyperserve_core::{Body, Request, Response};
//! use hyperserve_middleware::csrf::CsrfLayer;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//! # #[derive(Clone)]
//! # struct Hello;
//! # impl tower_service::Service<Request> for Hello {
//! #     type Response = Response;
//! #     type Error = std::convert::Infallible;
//! #     type Future = std::future::Ready<Result<Response, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
//! #         std::task::Poll::Ready(Ok(()))
//! #     }
//! #     fn call(&mut self, _: Request) -> Self::Future {
//! #         std::future::ready(Ok(Response::new("hello".into())))
//! #     }
//! # }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let mut service = CsrfLayer::new().try_with_trusted_origins(["https://app.example"])?.layer(Hello);
//! let post = |site: &str, origin: &str| {
//!     let post = Request::post("/transfer").header("sec-fetch-site", site).header("origin", origin);
//!     post.body(Body::empty())
//! };
//! assert_eq!(service.call(post("same-origin", "https://bank.example")?).await?.status(), 200);
//! assert_eq!(service.call(post("cross-site", "https://app.example")?).await?.status(), 200);
//! assert_eq!(service.call(post("cross-site", "https://evil.example")?).await?.status(), 403);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod error;
mod layer;

crate::early::early_future! {
    /// The future of a [`CsrfService`].
    CsrfFuture
}

pub use self::error::CsrfError;
pub use self::layer::{CsrfLayer, CsrfService};

#[cfg(doctest)]
#[doc = include_str!("../../../../docs/guide/csrf.md")]
mod guide {}
