//! The id of a request: given or accepted, known to handlers and logs, told to the client.
//!
//! ```
//! use hyperserve_core::{Body, Request, RequestExt as _};
//! use hyperserve_middleware::request_id::{RequestId, RequestIdLayer};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let app = app_fn(async |request: Request| {
//!     let id: RequestId = request.extract().await.unwrap();
//!     format!("this is request {id}")
//! });
//! let mut app = RequestIdLayer::new().layer(app);
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let response = app.call(Request::new(Body::empty())).await?;
//! let id = response.headers()["x-request-id"].to_str()?.to_owned();
//! assert_eq!(id.len(), 36);
//! assert_eq!(response.into_body().collect(100).await?, format!("this is request {id}"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where the id is
//!
//! In the request's `X-Request-Id`, in place of whatever the client had sent there, so that logs and applications of any kind
//! find it; in the request's extensions as a [`RequestId`], which handlers take; and in the response's `X-Request-Id`, unless
//! the handler has set one. Where several such layers are around a handler, the outermost gives the id.
//!
//! # Whose id it is
//!
//! A client that chooses its ids can make two requests look like one in the logs, so its `X-Request-Id` is accepted only from
//! [trusted proxies](hyperserve_core::TrustedProxies) unless [told otherwise](RequestIdLayer::with_incoming), only if it is
//! one field, and only if it is a [`RequestId`]: 1 to 128 characters of visible ASCII.
//!
//! # Why not tower-http's
//!
//! `tower_http::request_id` takes over any id that any client sends, whatever it holds, and is two layers and two futures.

mod future;
mod id;
mod layer;
mod make;

pub use self::future::RequestIdFuture;
pub use self::id::{MissingRequestId, RequestId, RequestIdError};
pub use self::layer::{RequestIdLayer, RequestIdService};
pub use self::make::{MakeRequestId, UuidV7};
