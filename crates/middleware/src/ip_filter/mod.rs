//! Which addresses may talk to a service.
//!
//! Networks are allowed, denied, or both; what is denied is denied even inside of what is allowed. The address is that of
//! [`ClientIp`](hyperserve_core::ClientIp): forwarded headers count from trusted proxies alone, so that nobody writes
//! himself onto the list. Whoever may not gets 403. The rules can be replaced while the server runs: the next request of
//! every connection is judged by the new ones.
//!
//! tower-http has no such layer. Ours asks [`Networks`](hyperserve_core::Networks), sorted ranges, so that a list of a
//! whole country costs about as much as one of three entries.
//!
//! ```
//! use std::sync::Arc;
//! use hyperserve_core::{Body, ConnInfo, PeerAddr, Request, RequestContext, Response};
//! use hyperserve_middleware::ip_filter::{IpFilterLayer, IpRules};
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
//! let layer = IpFilterLayer::new(IpRules::try_new(["10.0.0.0/8"], ["10.0.66.0/24"])?);
//! let rules = layer.handle();
//! let mut service = layer.layer(Hello);
//! let from = |ip: &str| {
//!     let conn = ConnInfo::new(PeerAddr::Tcp(format!("{ip}:4000").parse().unwrap()), PeerAddr::Unknown);
//!     let mut request = Request::new(Body::empty());
//!     request.extensions_mut().insert(RequestContext::new(Arc::new(conn)));
//!     request
//! };
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! assert_eq!(service.call(from("10.1.2.3")).await?.status(), 200);
//! assert_eq!(service.call(from("10.0.66.1")).await?.status(), 403);
//! rules.replace(IpRules::try_new(["192.0.2.0/24"], [])?);
//! assert_eq!(service.call(from("10.1.2.3")).await?.status(), 403);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod handle;
mod layer;
mod rules;

crate::early::early_future! {
    /// The future of an [`IpFilterService`].
    IpFilterFuture
}

pub use self::error::IpFilterError;
pub use self::handle::IpFilter;
pub use self::layer::{IpFilterLayer, IpFilterService};
pub use self::rules::{IpRules, IpSource};
