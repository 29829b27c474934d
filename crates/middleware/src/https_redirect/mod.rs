//! Sends plain HTTP to HTTPS.
//!
//! 308 Permanent Redirect, which keeps method and body (RFC 9110 §15.4.9), to the same host, path and query. What
//! counts as HTTPS is what the connection says, or a trusted proxy: a stranger's `X-Forwarded-Proto` means nothing.
//! Paths below `/.well-known/acme-challenge/` are answered over plain HTTP, since certificates are fetched there before there
//! are any (RFC 8555 §8.3).
//!
//! tower-http has no such layer; the server's own redirecting listener is for who has nothing else to say on port 80.
//!
//! ```
//! use http::header::{HOST, LOCATION};
//! use hyperserve_core::{Body, Request, Response};
//! use hyperserve_middleware::https_redirect::HttpsRedirectLayer;
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
//! let mut service = HttpsRedirectLayer::new().with_port(8443).layer(Hello);
//! let request = Request::builder().uri("/a?b=c").header(HOST, "example.com:8080").body(Body::empty())?;
//! let answer = service.call(request).await?;
//! assert_eq!(answer.status(), 308);
//! assert_eq!(answer.headers()[LOCATION], "https://example.com:8443/a?b=c");
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod layer;
mod target;

crate::early::early_future! {
    /// The future of an [`HttpsRedirectService`].
    HttpsRedirectFuture
}

pub use self::error::HttpsRedirectError;
pub use self::layer::{HttpsRedirectLayer, HttpsRedirectService};

#[cfg(doctest)]
#[doc = include_str!("../../../../docs/guide/https-redirect.md")]
mod guide {}
