//! The names that most programs use: `use hyperserve::prelude::*;`.

pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
pub use hyperserve_core::{
    Body, ClientIp, ConnInfo, FromRequest, FromRequestParts, IntoResponse, Principal, Problem, Request,
    RequestContext, RequestExt, RequestPartsExt, Response, Shutdown, TrustedProxies,
};
#[cfg(feature = "json")]
pub use hyperserve_router::Json;
#[cfg(feature = "typed-header")]
pub use hyperserve_router::TypedHeader;
#[cfg(feature = "cookies")]
pub use hyperserve_router::{Cookie, CookieJar, PrivateCookieJar, SignedCookieJar};
#[cfg(feature = "sse")]
pub use hyperserve_router::{Event, KeepAlive, LastEventId, Sse};
pub use hyperserve_router::{
    Extension, FromRef, Handler, Html, MatchedPath, MethodRouter, OriginalUri, Path, Redirect, RouteInfo,
    Router, RouterService, State, UrlFor, any, any_service, delete, get, get_service, head, on, options,
    patch, post, put, query,
};
#[cfg(feature = "multipart")]
pub use hyperserve_router::{Field, Multipart, Spooled};
#[cfg(feature = "form")]
pub use hyperserve_router::{Form, Query};
#[cfg(feature = "tls")]
pub use hyperserve_server::{ClientAuth, TlsConfig, TlsVersion};
pub use hyperserve_server::{Handle, Limits, Listener, Metrics, Report, Server, ServerError, app_fn, serve};
#[cfg(feature = "files")]
pub use hyperserve_static::{File, StaticFiles};
#[cfg(feature = "ws")]
pub use hyperserve_ws::{CloseCode, Hub, Message, WebSocket, WebSocketUpgrade};

#[cfg(feature = "stack")]
pub use crate::stack::Stack;
pub use crate::{App, AppError, AppService, BoundApp, Config, ConfigError, Startup};
