//! The headers by which a service asks browsers to protect its users.
//!
//! | header | [`web`](SecurityHeaders::web) | [`api`](SecurityHeaders::api) |
//! |---|---|---|
//! | `Content-Security-Policy` | `default-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'; frame-ancestors 'none'` | `default-src 'none'; frame-ancestors 'none'` |
//! | `Strict-Transport-Security`, over TLS alone | `max-age=31536000; includeSubDomains` | the same |
//! | `X-Content-Type-Options` | `nosniff` | the same |
//! | `X-Frame-Options` | `DENY` | the same |
//! | `Referrer-Policy` | `strict-origin-when-cross-origin` | `no-referrer` |
//! | `Permissions-Policy` | `camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()` | |
//! | `Cross-Origin-Opener-Policy` | `same-origin` | |
//! | `Cross-Origin-Resource-Policy` | `same-origin` | the same |
//! | `Server`, `X-Powered-By` of the service | taken away | taken away |
//!
//! What a handler says itself stays. Everything is checked and rendered when the layer is built; a request costs an insertion a
//! header, and a string a policy if that has a nonce. tower-http has a layer that sets one header: ten of them are ten
//! futures in each other, and none knows about TLS or nonces.
//!
//! ```
//! use hyperserve_core::{Body, Request, Response};
//! use hyperserve_middleware::security_headers::csp::{self, Csp};
//! use hyperserve_middleware::security_headers::{CspNonce, SecurityHeaders};
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//! # #[derive(Clone)]
//! # struct Page;
//! # impl tower_service::Service<Request> for Page {
//! #     type Response = Response;
//! #     type Error = std::convert::Infallible;
//! #     type Future = std::future::Ready<Result<Response, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
//! #         std::task::Poll::Ready(Ok(()))
//! #     }
//! #     fn call(&mut self, request: Request) -> Self::Future {
//! #         let nonce = request.extensions().get::<CspNonce>().unwrap();
//! #         std::future::ready(Ok(Response::new(format!("<script nonce={nonce}>go()</script>").into())))
//! #     }
//! # }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let layer = SecurityHeaders::web().with_csp(Csp::web().with_script_src([csp::SELF, csp::NONCE])).build()?;
//! // `Page` answers `<script nonce=…>` with the `CspNonce` of its request.
//! let answer = layer.layer(Page).call(Request::new(Body::empty())).await?;
//! let policy = answer.headers()["content-security-policy"].to_str()?;
//! let nonce = policy.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0;
//! let page = format!("<script nonce={nonce}>go()</script>");
//! assert_eq!(answer.body().as_bytes().unwrap(), page.as_bytes());
//! assert_eq!(answer.headers()["x-frame-options"], "DENY");
//! assert!(!answer.headers().contains_key("strict-transport-security"), "it did not come over TLS");
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
pub mod csp;
mod error;
mod framing;
mod future;
mod hsts;
mod keyword;
mod layer;
mod nonce;
mod permissions;
mod policy;

pub use self::config::SecurityHeaders;
pub use self::csp::Csp;
pub use self::error::SecurityHeadersError;
pub use self::framing::Framing;
pub use self::future::SecurityHeadersFuture;
pub use self::hsts::Hsts;
pub use self::keyword::{EmbedderPolicy, OpenerPolicy, ReferrerPolicy, ResourcePolicy};
pub use self::layer::{SecurityHeadersLayer, SecurityHeadersService};
pub use self::nonce::CspNonce;
pub use self::permissions::PermissionsPolicy;

#[cfg(doctest)]
#[doc = include_str!("../../../../docs/guide/security-headers.md")]
mod guide {}
