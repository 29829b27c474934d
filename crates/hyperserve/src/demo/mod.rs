//! The first page: what a server without an application serves. A page about the server itself, its live figures, and
//! two things to try.
//!
//! The application is an [`App`] as a small program of one's own would be. Everything it sends is embedded; the page asks
//! no other host for anything.

mod assets;
mod echo;
mod figures;
mod latency;
mod limits_table;
mod protect;
mod reached;
mod site;
#[cfg(test)]
mod tests;
mod upload;

use std::sync::Arc;

use http::{StatusCode, header};
use hyperserve_core::{IntoResponse, Problem, Response};
use hyperserve_router::{State, get, post};

use self::assets::{ICON, SCRIPT, STYLE};
use self::protect::Protect;
use self::site::Site;
use crate::App;

type Shared = Arc<Site>;

/// The first page of the server that serves it.
pub(crate) fn app() -> App<Shared> {
    let site = Shared::default();
    let started = Arc::clone(&site);
    App::with_state(site)
        .route("/", get(page).name("page"))
        .route("/app.js", get(async || SCRIPT.answer()))
        .route("/style.css", get(async || STYLE.answer()))
        .route("/icon.svg", get(async || ICON.answer()))
        .route("/healthz", get(health))
        .route("/api/figures", get(figures::answer))
        .route("/api/echo", post(echo::answer))
        .route("/api/upload", post(upload::answer))
        .fallback(nothing_here)
        .layer(Protect)
        .on_start(move |startup| started.start(startup))
}

async fn page(State(site): State<Shared>) -> Response {
    assets::page(site.page())
}

/// Whether a load balancer should send requests here.
async fn health(State(site): State<Shared>) -> Result<Response, Problem> {
    if site.is_ready() {
        return Ok(([(header::CACHE_CONTROL, "no-store")], "ready\n").into_response());
    }
    let draining = Problem::new(StatusCode::SERVICE_UNAVAILABLE);
    Err(draining.with_detail("The server is draining, or has not finished starting."))
}

async fn nothing_here() -> Problem {
    let detail = "This is the server's first page; what it serves beside is /api/figures, /api/echo, /api/upload and /healthz.";
    Problem::new(StatusCode::NOT_FOUND).with_detail(detail)
}
