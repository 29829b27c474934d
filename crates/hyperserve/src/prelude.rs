//! The names that most programs use: `use hyperserve::prelude::*;`.

pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
pub use hyperserve_core::{
    Body, ClientIp, ConnInfo, FromRequest, FromRequestParts, IntoResponse, Problem, Request, RequestContext,
    RequestExt, RequestPartsExt, Response, Shutdown, TrustedProxies,
};
pub use hyperserve_server::{
    App, Handle, Limits, Listener, Metrics, Report, Server, ServerError, app_fn, serve,
};
#[cfg(feature = "tls")]
pub use hyperserve_server::{ClientAuth, TlsConfig, TlsVersion};
