//! HyperServe: a web server that is safe by default and fast.
//!
//! This crate is the front door. It holds nothing of its own: [`core`] is the vocabulary (requests, responses, bodies,
//! problems, extractors), [`server`] is the HTTP core (listeners, TLS, HTTP/1.1 and HTTP/2, limits, workers, drain), and
//! [`prelude`] brings the names that most programs use. Depend on the crates below it instead when you want less.
//!
//! ```no_run
//! use hyperserve::prelude::*;
//!
//! Server::new().listen("127.0.0.1:8080").run(app_fn(async |_: Request| "Hello, World!"))?;
//! # Ok::<(), ServerError>(())
//! ```
//!
//! # What can be served
//!
//! Any [`App`](server::App): a [tower](https://docs.rs/tower-service) service from request to response that can be
//! cloned and does not fail. [`app_fn`](server::app_fn) makes one of an async function.
//!
//! ```
//! use hyperserve::prelude::*;
//!
//! async fn answer(request: Request) -> Result<String, Problem> {
//!     match request.uri().path() {
//!         "/" => Ok("Welcome".to_owned()),
//!         path => Err(Problem::new(StatusCode::NOT_FOUND).with_detail(format!("There is nothing at {path}."))),
//!     }
//! }
//! # fn is_an_app(_: impl App) {}
//! # is_an_app(app_fn(answer));
//! ```
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `http2` | HTTP/2, by ALPN and by prior knowledge | yes |
//! | `tls` | TLS by rustls on aws-lc-rs | yes |
//! | `self-signed` | certificates for development | yes |
//! | `command` | the `hyperserve` command; a library does without | yes |
//!
//! # Guide
//!
//! `docs/guide/` in the repository has a page a task: getting started, serving, limits, TLS, proxies, draining, errors,
//! metrics. Its examples are compiled with this crate's tests.

#[cfg(doctest)]
mod guide;
pub mod prelude;

pub use hyperserve_core as core;
pub use hyperserve_server as server;
