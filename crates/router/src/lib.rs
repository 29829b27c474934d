//! Routing, handlers, extractors and responses: async functions become a tower service.
//!
//! ```
//! use hyperserve_router::{Json, Path, Router, get};
//! # use serde::Serialize;
//!
//! #[derive(Serialize)]
//! struct User {
//!     id: u64,
//! }
//!
//! async fn user(Path(id): Path<u64>) -> Json<User> {
//!     Json(User { id })
//! }
//!
//! let app = Router::new().route("/users/{id}", get(user)).build();
//! ```
//!
//! [`Router`] collects routes and becomes a [`RouterService`], a plain tower service that any server of `http` types can run:
//! `hyperserve-server`, hyper, axum. A [`Handler`] is an async function of extractors, which are types that are taken out of
//! the request ([`Path`], [`Query`], [`Json`], [`State`]…); what it returns is turned into a response.
//!
//! Every fault in the routes is told at once when the router is built, each with the file and line of both registrations.
//! A request that does not fit its handler is answered with problem details (RFC 9457): 400 for what cannot be read, 422 with
//! the place of the fault for what is not of the wanted shape, 415 and 413 for bodies.
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `json` | [`Json`] | yes |
//! | `form` | [`Query`] and [`Form`] | yes |
//! | `multipart` | [`Multipart`] | yes |
//! | `cookies` | [`CookieJar`], [`SignedCookieJar`], [`PrivateCookieJar`] | yes |
//! | `typed-header` | [`TypedHeader`] | yes |
//! | `sse` | [`Sse`], server-sent events | yes |

mod endpoint;
mod extract;
mod handler;
mod pattern;
mod respond;
mod router;
mod table;

pub use crate::endpoint::{Route, RouteFuture, RouteLayer, RouteService};
pub use crate::extract::*;
pub use crate::handler::{Arguments, Handler, HandlerFn};
pub use crate::pattern::UrlError;
pub use crate::respond::*;
pub use crate::router::{
    MethodRouter, NothingMissing, RouteError, RouteErrors, Router, RouterFuture, RouterService, UrlFor, any,
    any_service, delete, delete_service, get, get_service, head, head_service, on, options, options_service,
    patch, patch_service, post, post_service, put, put_service, query, query_service,
};
pub use crate::table::RouteInfo;
