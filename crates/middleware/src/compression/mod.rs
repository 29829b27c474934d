//! Compression of responses: zstd, Brotli and gzip, as the client's `Accept-Encoding` asks (RFC 9110 §12.5.3).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use hyperserve_core::{Body, IntoResponse as _, Request};
//! use hyperserve_middleware::compression::{Coding, CompressionConfig, CompressionLayer};
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//! # struct Page;
//! # impl tower_service::Service<Request> for Page {
//! #     type Response = hyperserve_core::Response;
//! #     type Error = std::convert::Infallible;
//! #     type Future = std::future::Ready<Result<Self::Response, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
//! #         std::task::Poll::Ready(Ok(()))
//! #     }
//! #     fn call(&mut self, _: Request) -> Self::Future {
//! #         std::future::ready(Ok("All work and no play. ".repeat(1000).into_response()))
//! #     }
//! # }
//!
//! let config = CompressionConfig::new().with_level(Coding::Gzip, 6);
//! let mut service = CompressionLayer::try_new(&config)?.layer(Page);
//! let request = http::Request::get("/").header("accept-encoding", "gzip, br;q=0.5").body(Body::empty())?;
//! let response = service.call(request).await?;
//! assert_eq!(response.headers()["content-encoding"], "gzip");
//! assert_eq!(response.headers()["vary"], "accept-encoding");
//! assert!(response.into_body().collect(1 << 20).await?.len() < 500); // of 23 000
//! # Ok(())
//! # }
//! ```
//!
//! # What is compressed
//!
//! A response is compressed when the client accepts a coding that is offered, and nothing of this holds:
//!
//! - its content type is not one that shrinks: text, JSON, XML, JavaScript, WebAssembly, SVG and plain fonts are on the
//!   list; images, video and archives are not ([`CompressionConfig::with_types`] changes that);
//! - its content is shorter than 1 KiB. Where no length is known, what is ready at once decides: a body that ends below
//!   1 KiB is sent as it is, any other is compressed. Nothing is ever waited for, so a slow stream keeps its early head;
//! - it is an event stream, gRPC, or another body that ends only when the server does;
//! - it is a part of something (206, or with `Content-Range`), has no content (204, 205, 304), or is encoded already;
//! - it says `Cache-Control: no-transform` or carries a digest of its bytes (RFC 9530), which would no longer hold;
//! - it is a [`Problem`](hyperserve_core::Problem), which the server has yet to render.
//!
//! A handler that says `Content-Encoding: identity` gets its response sent as it is, without that field.
//!
//! # What becomes of the head
//!
//! `Content-Encoding` and `Vary: accept-encoding` are added, the latter also when this one client accepts no coding, so
//! that no cache hands one client's variant to another (RFC 9110 §12.5.5). `Accept-Ranges` goes. A strong `ETag`
//! becomes weak: two codings of one resource are not the same bytes, so they must not share a strong validator
//! (RFC 9110 §8.8.3.3), and weak is what stays true of both. `If-None-Match` goes on working, also through a 304
//! of the handler; `If-Match` and `If-Range` do not match a weak one. HEAD gets the fields of GET and no content.
//!
//! # What it costs
//!
//! A body of at most 64 KiB that is in memory is compressed at once and gets its exact `Content-Length`. All others
//! stream: whatever the handler has sent is flushed as soon as it pauses, no more than 64 KiB are compressed in a row
//! before other tasks of the thread get their turn, and memory is bounded whatever the length of the body. The guide
//! `docs/guide/compression.md` has figures. `gzip` 5, Brotli 4 and zstd 3 are the levels unless told otherwise.
//!
//! # Why not tower-http's
//!
//! `tower_http::compression` (0.7.1) can be told by a predicate to heed lengths, types and `no-transform`, and flushes
//! streams. It has one level for all codings, which is Brotli's 11 unless set; compresses every body of unknown length
//! and every in-memory one as a stream without a length; keeps strong `ETag`s; answers 406 where everything is refused;
//! gives Brotli a window of 4 MiB, and zstd and Brotli a new encoder for each response; prefers codings in one order; and
//! does not let go of its thread until the socket is full. None of these can be set from outside.

mod accept;
mod body;
mod candidate;
mod coding;
mod config;
mod encoder;
mod etag;
mod future;
mod head;
mod layer;
mod media_type;
mod peek;
mod plan;
mod pool;

pub use self::coding::levels;
pub use self::config::{CompressionConfig, CompressionError};
pub use self::future::CompressionFuture;
pub use self::layer::{CompressionLayer, CompressionService};
pub use hyperserve_core::Coding;

#[cfg(test)]
mod tests;
