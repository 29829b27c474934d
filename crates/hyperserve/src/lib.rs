//! HyperServe: a web server and framework that is safe by default and fast.
//!
//! ```no_run
//! use hyperserve::prelude::*;
//!
//! async fn greet(Path(name): Path<String>) -> String {
//!     format!("Hello, {name}!\n")
//! }
//!
//! fn main() -> Result<(), AppError> {
//!     App::new().route("/hello/{name}", get(greet)).run()?;
//!     Ok(())
//! }
//! ```
//!
//! That serves HTTP/1.1 and HTTP/2 on <http://127.0.0.1:8080> with one worker a core, every limit on, and a drain that
//! loses no request when it is told to stop. Its address, TLS and limits are settings, not code: `HS_LISTEN=:80`, a line
//! in `hyperserve.toml`, or a flag once `run` becomes [`run_cli`](App::run_cli).
//!
//! # The parts
//!
//! An [`App`] is a [`Router`](router::Router), the state its handlers share and a [`Config`]. Handlers are async functions
//! of extractors, and answer with anything that turns into a response:
//!
#![cfg_attr(feature = "json", doc = "```")]
#![cfg_attr(not(feature = "json"), doc = "```ignore")]
//! use hyperserve::prelude::*;
//! use std::sync::{Arc, Mutex};
//!
//! type Items = Arc<Mutex<Vec<String>>>;
//!
//! async fn list(State(items): State<Items>) -> Json<Vec<String>> {
//!     Json(items.lock().unwrap().clone())
//! }
//!
//! async fn add(State(items): State<Items>, Json(title): Json<String>) -> Result<StatusCode, Problem> {
//!     if title.is_empty() {
//!         return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY).with_detail("An item needs a title."));
//!     }
//!     items.lock().unwrap().push(title);
//!     Ok(StatusCode::CREATED)
//! }
//!
//! let app = App::with_state(Items::default()).route("/items", get(list).post(add));
//! ```
//!
//! The crates beneath can be had alone, and do not know this one: [`core`] is the vocabulary (requests, responses,
//! bodies, problems), [`router`] turns handlers into a tower service, [`server`] serves any tower service, [`ws`] speaks WebSocket.
//! [`prelude`] brings the names that most programs use.
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `http2` | HTTP/2, by ALPN and by prior knowledge | yes |
//! | `tls` | TLS by rustls on aws-lc-rs | yes |
//! | `self-signed` | certificates for development | yes |
//! | `json` | `Json`, in and out | yes |
//! | `form` | `Query` and `Form` | yes |
//! | `multipart` | `Multipart`, streaming | yes |
//! | `cookies` | cookie jars: plain, signed, private | yes |
//! | `typed-header` | `TypedHeader` | yes |
//! | `sse` | `Sse`: server-sent events | yes |
//! | `files` | `StaticFiles`: a directory; `File`: a file as an answer; the module `files` | yes |
//! | `files-embed` | a directory in the program itself | no |
//! | `ws` | WebSocket: the module `ws` | yes |
//! | `ws-client` | the other end of a WebSocket | no |
//! | `ws-redis` | rooms that span machines | no |
//! | `stack` | `Stack`: the layers in front of the handlers, by settings or by code; the modules `middleware`, `ratelimit` | yes |
//! | `middleware`, `rate-limit` | the modules alone | with `stack` |
//! | `auth`, `jwt`, `sessions`, `chaos`, `otlp` | further layers of `middleware` | no |
//! | `rate-limit-redis`, `sessions-redis` | quotas and sessions that span machines | no |
//! | `command` | `App::run_cli`, and the `hyperserve` command | yes |
//! | `testing` | `TestClient`, in process and over a socket | no |
//!
//! # Guide
//!
//! `docs/guide/` in the repository has a page a task. Its examples are compiled with this crate's tests.

mod app;
#[cfg(feature = "stack")]
pub mod aside;
#[cfg(feature = "command")]
pub mod command;
mod config;
#[cfg(feature = "command")]
mod demo;
#[cfg(doctest)]
mod guide;
pub mod prelude;
#[cfg(feature = "stack")]
pub mod stack;
#[cfg(feature = "testing")]
pub mod testing;

pub use hyperserve_core as core;
#[cfg(feature = "middleware")]
pub use hyperserve_middleware as middleware;
#[cfg(feature = "rate-limit")]
pub use hyperserve_ratelimit as ratelimit;
pub use hyperserve_router as router;
pub use hyperserve_server as server;
#[cfg(feature = "files")]
pub use hyperserve_static as files;
#[cfg(feature = "ws")]
pub use hyperserve_ws as ws;

#[cfg(feature = "stack")]
pub use crate::app::StartFailure;
pub use crate::app::{App, AppError, AppFuture, AppService, BoundApp, Serve, Startup};
#[cfg(feature = "command")]
pub use crate::command::run as run_command;
pub use crate::config::{Config, ConfigEntry, ConfigError, ConfigFault, Face, Origin};
