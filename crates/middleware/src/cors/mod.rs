//! Which pages of other origins may read responses (CORS: the Fetch standard, "HTTP-CORS protocol").
//!
//! - A preflight (OPTIONS with `Origin` and `Access-Control-Request-Method`) is answered without the service: 204 with what
//!   is allowed. Any other OPTIONS reaches the service.
//! - A preflight of an origin that is not allowed is refused with 403, and without any of these headers. The standard asks
//!   for headers *and* for an ok status, so that either refuses; the status says in every log and tool what it was.
//!   When the method or a header is not allowed the answer is 204 with the lists, from which browsers make a better
//!   message.
//! - Another request of an origin that is not allowed is answered as usual, without headers: the browser keeps the
//!   response from the page. CORS never keeps a request from the service; that is what `csrf` does.
//! - `Vary: Origin` is on every response that depends on it, those to requests without `Origin` included: otherwise a cache
//!   hands what it kept for the one to the other. With `*` nothing depends on it, and the header is on every response.
//! - A service that sets `Access-Control-Allow-Origin` itself speaks for itself: nothing is added.
//!
//! # Why not tower-http's
//!
//! Its `CorsLayer` answers every OPTIONS, with 200; sends the other headers to origins that are not allowed; has no patterns;
//! panics at the first request when the configuration cannot work; and makes a header map a request.
//!
//! ```
//! use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN};
//! use hyperserve_core::{Body, Request, Response};
//! use hyperserve_middleware::cors::CorsConfig;
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
//! let cors = CorsConfig::new()
//!     .with_origins(["https://app.example", "https://*.app.example", "http://localhost:*"])
//!     .with_credentials(true)
//!     .build()?;
//! let mut service = cors.layer(Hello);
//! let request = Request::builder().header(ORIGIN, "http://localhost:5173").body(Body::empty())?;
//! let answer = service.call(request).await?;
//! assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "http://localhost:5173");
//!
//! let error = CorsConfig::new().with_origins(["*"]).with_credentials(true).build().unwrap_err();
//! assert_eq!(error.to_string(), "CORS cannot allow credentials to every origin: name the origins instead of `*`");
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod error;
mod future;
mod layer;
mod policy;

pub use self::config::CorsConfig;
pub use self::error::CorsError;
pub use self::future::CorsFuture;
pub use self::layer::{CorsLayer, CorsService};

#[cfg(doctest)]
#[doc = include_str!("../../../../docs/guide/cors.md")]
mod guide {}
