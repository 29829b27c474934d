//! Recovery: a panic costs one request, is answered with a 500 problem, and is logged with where it came from.
//!
//! ```
//! use hyperserve_core::{Body, Request};
//! use hyperserve_middleware::recovery::RecoveryLayer;
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let recovery = RecoveryLayer::new().with_on_panic(|report| {
//!     assert_eq!(report.message(), "no such shelf");
//!     assert!(report.location().is_some_and(|place| place.contains(".rs:")));
//! });
//! let handle = recovery.handle();
//!
//! let shelves = app_fn(async |_: Request| -> &'static str { panic!("no such shelf") });
//! let mut app = recovery.layer(shelves);
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! let request = Request::get("/shelves/7").body(Body::empty())?;
//! let response = runtime.block_on(app.call(request))?;
//! assert_eq!(response.status(), 500);
//! assert_eq!(handle.panics(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is caught
//!
//! | where it panics | what the client gets |
//! |---|---|
//! | when the service is called, or while its response is awaited | 500, problem details (RFC 9457) that say nothing of the cause |
//! | in the response's body | what was sent so far, and a broken connection (HTTP/1.1) or stream (HTTP/2): never a clean end |
//!
//! In [debug mode](hyperserve_core::problem::set_debug) the problem has the panic's message as its cause. A program
//! that is compiled with `panic = "abort"` ends at the first panic; nothing can be caught there. A panic in
//! `poll_ready` is left to the server.
//!
//! # What is logged
//!
//! One event of level `ERROR` in the target `hyperserve_middleware::recovery`: method, path (no query: it may hold
//! secrets), the panic's message, its location, and the backtrace.
//!
//! Location and backtrace are known only while a panic begins. The first layer that is built puts a hook in front of
//! the process's panic hook, which takes them down for requests under a layer and then calls the hook that was there
//! before, for every panic. A program that replaces the hook later, and does not call the one it found, leaves the log
//! with the message alone.
//!
//! A backtrace costs about 20 µs to take and 100 µs or more to write, and the first of a process some hundred
//! milliseconds, since the names are read then. [`with_backtrace(false)`](RecoveryLayer::with_backtrace) leaves it out.
//!
//! # Why not tower-http's `CatchPanicLayer`
//!
//! It catches neither what panics in a body, nor takes down location and backtrace; and it boxes every response's body.
//! This layer leaves a body that is whole as it is.

mod body;
mod future;
mod hook;
mod layer;
mod report;
mod watch;

pub use self::future::RecoveryFuture;
pub use self::layer::{RecoveryHandle, RecoveryLayer, RecoveryService};
pub use self::report::{PanicReport, PanicStage};
