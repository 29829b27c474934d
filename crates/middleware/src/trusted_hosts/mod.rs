//! Which hosts a service answers for.
//!
//! `Host` (`:authority` in HTTP/2) is written by the client. Who builds links out of it, or listens on a loopback address and
//! takes that for a protection, must know which hosts are its own: a page of `evil.example` whose name is made to resolve
//! to 127.0.0.1 talks to a server there as to its own (DNS rebinding), and only `Host` still says `evil.example`.
//!
//! A request for another host is refused with 421 Misdirected Request: RFC 9110 §7.4 and §15.5.20 give that status to a
//! server that does not want to answer for the target's authority. One without a host, or with something that is none, is
//! 400. tower-http has no such layer.
//!
//! ```
//! use http::header::HOST;
//! use hyperserve_core::{Body, Request, Response};
//! use hyperserve_middleware::trusted_hosts::TrustedHostsLayer;
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
//! let mut service = TrustedHostsLayer::try_new(["example.com", "*.example.com"])?.layer(Hello);
//! let ask = |host: &str| Request::builder().header(HOST, host).body(Body::empty());
//! assert_eq!(service.call(ask("www.example.com:8080")?).await?.status(), 200);
//! assert_eq!(service.call(ask("evil.example")?).await?.status(), 421);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod layer;
mod rules;

crate::early::early_future! {
    /// The future of a [`TrustedHostsService`].
    TrustedHostsFuture
}

pub use self::error::TrustedHostsError;
pub use self::layer::{TrustedHostsLayer, TrustedHostsService};

#[cfg(all(doctest, feature = "ip-filter"))]
#[doc = include_str!("../../../../docs/guide/access-rules.md")]
mod guide {}
