//! The vocabulary of the HyperServe crates.
//!
//! What a request and a response are ([`Request`], [`Response`], [`Body`]), how values are taken out of the
//! one ([`FromRequest`], [`FromRequestParts`]) and turned into the other ([`IntoResponse`]), what an error looks
//! like on the wire ([`Problem`], RFC 9457), and what is known about the connection ([`ConnInfo`], [`ClientIp`],
//! [`Shutdown`]), all reached through one [`RequestContext`] in the request's extensions.
//!
//! Settings of several crates name requests in the same way: by [`Paths`], by [`Networks`], by patterns of
//! [hosts](authority::HostPattern) and of [origins](origin::OriginPattern).
//!
//! Nothing in this crate opens a socket or needs a runtime.
//!
//! ```
//! use hyperserve_core::{IntoResponse, Problem};
//! use http::{StatusCode, header};
//!
//! let found = (StatusCode::OK, [(header::ETAG, "\"7\"")], "hello").into_response();
//! assert_eq!(found.headers()["etag"], "\"7\"");
//!
//! let missing = Problem::new(StatusCode::NOT_FOUND).with_detail("No such page.").into_response();
//! assert_eq!(missing.status(), 404);
//! assert_eq!(missing.headers()["content-type"], "application/problem+json");
//! ```

pub mod authority;
mod body;
mod client_ip;
mod coding;
mod conn;
mod context;
mod extract;
pub mod fields;
mod interim;
mod nearest;
mod networks;
pub mod origin;
mod paths;
mod principal;
pub mod problem;
pub mod proxy_protocol;
mod response;
mod route;
mod shutdown;
mod websocket;

pub use crate::body::{Body, BodyDataStream, BodyError, EndsOnShutdown, FileStretch, SendFile};
pub use crate::client_ip::{ClientIp, TrustedProxies, TrustedProxiesError};
pub use crate::coding::Coding;
pub use crate::conn::{ConnInfo, PeerAddr, TlsInfo};
pub use crate::context::{DEFAULT_BODY_LIMIT, DEFAULT_FORM_FIELDS, MultipartLimits, RequestContext};
#[doc(hidden)]
pub use crate::extract::marker;
pub use crate::extract::{
    FromRequest, FromRequestParts, MissingContext, OptionalFromRequest, OptionalFromRequestParts, RequestExt,
    RequestPartsExt,
};
pub use crate::interim::Interim;
pub use crate::nearest::nearest;
pub use crate::networks::{Networks, NetworksError};
pub use crate::paths::{Paths, PathsError, is_within};
pub use crate::principal::{Challenges, Principal};
pub use crate::problem::Problem;
pub use crate::response::{IntoResponse, IntoResponseParts, ResponseParts};
pub use crate::route::{Captures, RouteMatch, RouteTable};
pub use crate::shutdown::{Hold, Shutdown, ShutdownTrigger};
pub use crate::websocket::{Compression, Origins, WebSocketConfig};

/// A request whose body is [`Body`] unless said otherwise.
pub type Request<B = Body> = http::Request<B>;

/// A response whose body is [`Body`] unless said otherwise.
pub type Response<B = Body> = http::Response<B>;

/// Any error, boxed: what body streams and causes are converted into.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
