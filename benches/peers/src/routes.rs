//! What every peer answers, and axum's routes for it.

use axum::Router;
use axum::extract::Path;
use axum::response::Json;
use axum::routing::get;
use serde::Serialize;

/// The content of `/` and `/plaintext`.
pub const TEXT: &str = "Hello, World!";

/// The content of `/json`.
#[derive(Debug, Serialize)]
pub struct Message {
    /// Always [`TEXT`].
    pub message: &'static str,
}

/// The routes as axum's users write them.
pub fn axum_routes() -> Router {
    Router::new()
        .route("/", get(async || TEXT))
        .route("/plaintext", get(async || TEXT))
        .route("/json", get(async || Json(Message { message: TEXT })))
        .route("/users/{id}", get(async |Path(id): Path<u64>| id.to_string()))
}
