//! What the peer servers share: their command line, hyper's connection with a runtime per core, and axum's routes.

mod options;
mod per_core;
mod routes;

pub use options::Options;
pub use per_core::{BACKLOG, serve_per_core, serve_upgrades_per_core};
pub use routes::{Message, TEXT, axum_routes};
