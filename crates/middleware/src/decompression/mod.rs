//! Decompression of requests: gzip, deflate, Brotli and zstd, with caps on what comes out.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use hyperserve_core::{Body, IntoResponse as _, Request, Response};
//! use hyperserve_middleware::decompression::{DecompressionConfig, DecompressionLayer};
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//! # #[derive(Clone)]
//! # struct Echo;
//! # impl tower_service::Service<Request> for Echo {
//! #     type Response = Response;
//! #     type Error = std::convert::Infallible;
//! #     type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Self::Error>> + Send>>;
//! #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
//! #         std::task::Poll::Ready(Ok(()))
//! #     }
//! #     fn call(&mut self, request: Request) -> Self::Future {
//! #         Box::pin(async { Ok(request.into_body().collect(1000).await.into_response()) })
//! #     }
//! # }
//!
//! let config = DecompressionConfig::new().with_ratio(50);
//! let mut service = DecompressionLayer::try_new(&config)?.layer(Echo);
//! let hello = [0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x06, 0x2c, 0x02, 0x15];
//! let request = http::Request::post("/").header("content-encoding", "deflate").body(Body::from(hello.to_vec()))?;
//! let response = service.call(request).await?;
//! assert_eq!(response.into_body().collect(100).await?, "hello");
//!
//! let request = http::Request::post("/").header("content-encoding", "rot13").body(Body::from("uryyb"))?;
//! let response = service.call(request).await?;
//! assert_eq!(response.status(), 415);
//! assert_eq!(response.headers()["accept-encoding"], "gzip, deflate, br, zstd");
//! # Ok(())
//! # }
//! ```
//!
//! # What the handler sees
//!
//! The content itself: `Content-Encoding` and `Content-Length` are gone, trailers come through. The body is decoded as
//! the handler reads it, so one that is never read costs nothing. A request without content, or without
//! `Content-Encoding`, passes through untouched. Put a layer that checks signatures over raw bodies outside this one.
//!
//! # What is refused
//!
//! | | status |
//! |---|---|
//! | a coding that is not taken, or more than two | 415 with `Accept-Encoding` (RFC 9110 §15.5.16, §12.5.3) |
//! | content longer than the limit once decoded; the [limit of the request](hyperserve_core::RequestContext::body_limit) unless told otherwise | 413 |
//! | content that expands to more than 100 times what was sent, beyond its first 64 KiB | 413 |
//! | data that is broken, cut short, or followed by other data; a zstd window above 8 MiB (RFC 9659 §3) | 400 |
//!
//! Both caps hold for every stage of stacked codings, against the bytes that came over the wire. They are looked at every
//! 32 KiB, so a bomb costs that much and no more. The last three come to light while the handler reads: it gets a
//! [`BodyError`](hyperserve_core::BodyError), which answers as said; and whatever error it makes of that (400, 413, 422 or
//! any 5xx), the layer puts the problem in its place that tells what was wrong.
//!
//! Several gzip members or zstd frames after one another are one content (RFC 1952 §2.2, RFC 8878 §3.1). `deflate` is
//! the zlib format (RFC 9110 §8.4.1.2), not the bare one.
//!
//! # Why not tower-http's
//!
//! `tower_http::decompression` (0.7.1) has no cap of either kind (tower-http#615) and lets zstd ask for a window of
//! 128 MiB. It takes one coding, by its name in lower case, and only the first header line; it leaves broken data to
//! the handler's error handling, and boxes every response.

mod body;
mod coding;
mod config;
mod decoder;
mod future;
mod layer;
mod meter;

pub use self::coding::Coding;
pub use self::config::{DecompressionConfig, DecompressionError};
pub use self::future::DecompressionFuture;
pub use self::layer::{DecompressionLayer, DecompressionService};

#[cfg(test)]
mod tests;
