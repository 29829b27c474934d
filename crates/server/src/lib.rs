//! The HTTP core of HyperServe: HTTP/1.1 and HTTP/2 on hyper and tokio, with the limits on.
//!
//! ```no_run
//! use hyperserve_core::Request;
//! use hyperserve_server::{Server, app_fn};
//!
//! Server::new().listen("127.0.0.1:8080").run(app_fn(async |_: Request| "Hello, World!"))?;
//! # Ok::<(), hyperserve_server::ServerError>(())
//! ```
//!
//! What is served is any [`App`]: a tower service from request to response. [`Server`] runs it on one worker a core, each
//! with a runtime and listening sockets of its own; [`serve`] runs it on a runtime that is there already.
//!
//! # Limits
//!
//! hyper sets few bounds of its own. [`Limits`] sets all of them, with defaults that are safe to put on the internet: how
//! long a head, a body, an idle connection or a reader that does not read may take; how large and how many; what a flood
//! is. Each has one name, a test that trips it and a counter in [`MetricsSnapshot`].
//!
//! # Requests that are refused
//!
//! In front of hyper's lenient parser stands a strict one. What could be read in two ways, and so be smuggled past a proxy,
//! is refused with a problem (RFC 9457) before the application hears of it, and the connection closes.
//!
//! # Stopping
//!
//! On SIGTERM or SIGINT, or [`Handle::stop`]: readiness goes ([`Handle::is_ready`]), the listeners close once their queues
//! are empty, responses say `Connection: close` or GOAWAY, the [`Shutdown`](hyperserve_core::Shutdown) token fires, and at
//! the deadline what is still open is cut and counted in the [`Report`]. A second signal cuts at once.
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `http2` | HTTP/2, by ALPN and by prior knowledge | yes |
//! | `tls` | TLS by rustls on aws-lc-rs | yes |
//! | `self-signed` | certificates for development | no |

mod app;
mod conn;
mod forward;
mod http1;
#[cfg(feature = "http2")]
mod http2;
mod limits;
pub mod listen;
mod metrics;
mod redirect;
mod run;
pub mod system;
#[cfg(feature = "tls")]
mod tls;

pub use crate::app::{App, AppFn, AppFnFuture, app_fn};
pub use crate::conn::Batching;
pub use crate::limits::{LimitEntry, LimitError, Limits};
pub use crate::listen::{Bind, ParseBindError, TcpOptions, UnixOptions};
pub use crate::metrics::{Metrics, MetricsSnapshot, TIME_TO_FIRST_BYTE_BOUNDS, TIME_TO_FIRST_BYTE_SAMPLE};
pub use crate::run::{
    Address, AnyListener, BoundServer, Handle, Listener, Report, Server, ServerError, serve, serve_connection,
};
#[cfg(feature = "tls")]
pub use crate::tls::{Acceptor, ClientAuth, TlsConfig, TlsError, TlsVersion};
