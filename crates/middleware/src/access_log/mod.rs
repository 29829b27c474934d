//! The access log: one line a request, written when its response has ended.
//!
//! ```
//! use hyperserve_core::{Body, Request};
//! use hyperserve_middleware::access_log::{AccessLog, AccessLogConfig, AccessLogFormat, AccessLogLayer};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("access.log");
//! let config = AccessLogConfig::new().with_format(AccessLogFormat::common()).with_file(&path);
//! let log = AccessLog::open(&config)?;
//!
//! let hello = app_fn(async |_: Request| "hello");
//! let mut app = AccessLogLayer::new(log.clone()).layer(hello);
//! let request = Request::get("/greet?name=you&token=s3cr3t").body(Body::empty())?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(app.call(request))?;
//! log.flush();
//!
//! let line = std::fs::read_to_string(&path)?;
//! assert!(line.ends_with("\"GET /greet?name=you&token=[redacted] HTTP/1.1\" 200 5\n"), "{line}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a line is written, and what it says
//!
//! A response that is whole already is logged at once and passes as it is. One that streams is logged when its body has
//! ended, so that duration and bytes are those of the whole. When the body was cut, because the client left or because the
//! stream failed, the line says so: `[cut]` in the `uvicorn` format, `"cut":true` in JSON, `%(X)s` in templates. A client
//! that leaves before there is a response is logged with 499, a service that panics with 500.
//!
//! Bytes are those of the body as the service gave it out. The duration begins when the server had the request's head, or
//! else when the layer saw it.
//!
//! The client is the one that [`ClientIp`](hyperserve_core::ClientIp) finds: forwarded headers count only from trusted
//! proxies.
//!
//! # A line is one line
//!
//! Control characters, quotes, backslashes and bytes outside ASCII are escaped in every value that a client can choose, so
//! that nobody forges lines or reaches the terminal of who reads them. Header values end after 1024 bytes.
//!
//! # Secrets
//!
//! Values of query parameters whose name contains one of the [`DEFAULT_SECRETS`] as a word (`access_token`,
//! `X-Amz-Signature`, `userPassword`) are replaced by `[redacted]`, in the target and in `Referer`. A header that is named
//! so, `Authorization` and `Cookie` among them, is redacted even where a format asks for it.
//!
//! # Cost
//!
//! The request's thread writes the line into a buffer and goes on. That is about 2 500 instructions, half a microsecond, and
//! no allocation in the `uvicorn` and `common` formats; a microsecond in JSON. A thread of the log's own writes the buffer
//! out at most 20 ms later, or as soon as 64 KiB wait. When whatever reads the log is too slow, 8 MiB wait at most; lines
//! beyond are dropped, and counted.

mod body;
mod client;
mod config;
mod escape;
mod format;
mod future;
mod layer;
mod log;
mod number;
mod record;
mod scratch;
mod secrets;
mod time;
mod wanted;
mod writer;

pub use self::config::{AccessLogConfig, AccessLogOutput};
pub use self::format::{AccessLogFormat, AccessLogFormatError};
pub use self::future::AccessLogFuture;
pub use self::layer::{AccessLogLayer, AccessLogService};
pub use self::log::AccessLog;
pub use self::secrets::DEFAULT_SECRETS;
