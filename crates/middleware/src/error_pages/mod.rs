//! Error pages: errors that other services answer without words are told as problems, in the form that the client
//! accepts.
//!
//! A service of another make answers 404 with nothing, or with three words of plain text. Behind this layer it speaks
//! as the rest does: problem details (RFC 9457) as JSON, text or HTML by `Accept`, made by the
//! [renderer](hyperserve_core::problem::set_renderer) of the process.
//!
//! ```
//! use hyperserve_core::{Body, Request, Response};
//! use hyperserve_middleware::error_pages::ErrorPagesLayer;
//! use hyperserve_server::app_fn;
//! use http::StatusCode;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let foreign = app_fn(async |_: Request| StatusCode::NOT_FOUND);
//! let mut app = ErrorPagesLayer::new().layer(foreign);
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! let request = Request::get("/").header("accept", "text/html").body(Body::empty())?;
//! let response = runtime.block_on(app.call(request))?;
//! assert_eq!(response.status(), 404);
//! assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is changed
//!
//! | a response | becomes |
//! |---|---|
//! | of a status below 400 | nothing else |
//! | that carries a [`Problem`](hyperserve_core::Problem) | the same problem in the accepted form; HyperServe's own server does this as well |
//! | of a status from 400 on, with no content | the problem of that status |
//! | of a status from 400 on, with content | nothing else, unless [`ErrorContent`] says so |
//!
//! Header fields stay (`WWW-Authenticate`, `Allow`, `Retry-After`, `Content-Range`, cookies), except those that told of
//! the content there was: its type, length, coding, language and validators. `Vary: accept` is added, and
//! `Cache-Control: no-store` and `X-Content-Type-Options: nosniff` where the response does not speak of these itself.
//!
//! The answer to HEAD has no content in any case. One that has a `Content-Type`, or a `Content-Length` other than 0,
//! has content when it is asked for with GET (RFC 9110 §9.3.2), and is left alone.
//!
//! Nothing is allocated for a response that stays as it is.

mod layer;
mod rewrite;

pub use self::layer::{ErrorPagesFuture, ErrorPagesLayer, ErrorPagesService};

/// What becomes of content that errors have already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorContent {
    /// It stays.
    #[default]
    Keep,
    /// Plain text (`text/plain`) is replaced; other content stays.
    ///
    /// The text of a 4xx becomes the problem's `detail`, if there are 1024 bytes of it at most and they are there at once.
    /// That of a 5xx is dropped: it may tell of the inside.
    ReplaceText,
    /// It is replaced, whatever it is. Plain text is treated as in [`ReplaceText`](Self::ReplaceText).
    ReplaceAll,
}
