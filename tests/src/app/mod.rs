//! The conformance app: the endpoints of `spec/app.md`, as a program serves them and as tests call them in process.

mod cookies;
mod endpoints;
mod exchange;
mod extraction;
mod files;
mod layers;
mod messages;
mod multipart;
mod mutation;
mod nesting;
mod pieces;
mod problems;
mod routing;
mod sse;
mod tunnel;
mod variant;
mod websocket;

use hyperserve::{App, AppService, Config};
use hyperserve_core::Response;
use hyperserve_router::{Router, any};
use serde_json::Value;

use crate::{Fault, Settings};

pub use self::{
    endpoints::number,
    exchange::answer,
    messages::{json, text},
    mutation::Mutation,
    pieces::{Piece, Pieces},
    variant::{Variant, Varied},
};

/// The app, without a configuration.
pub fn app(variant: Variant) -> App {
    App::new().merge(routes(variant)).pre(variant)
}

/// The app as a service of this process, with what the settings set.
///
/// # Errors
/// A setting that does not exist or cannot be read.
pub fn service(variant: Variant, settings: &Settings) -> Result<AppService, Fault> {
    let config = settings.set.iter().fold(Config::new(), |config, (name, value)| config.with(name, value));
    let service = app(variant).with_config(config).into_service();
    service.map_err(|error| Fault::new(error.to_string()))
}

fn routes(variant: Variant) -> Router {
    let exchange = exchange::PATHS.iter().fold(Router::new(), |router, path| router.route(path, any(answer)));
    exchange
        .nest("/routing", routing::router())
        .merge(nesting::router())
        .merge(nesting::hosts())
        .nest("/extract", extraction::router())
        .nest("/cookies", cookies::router())
        .nest("/multipart", multipart::router())
        .nest("/sse", sse::router())
        .nest("/problem", problems::router())
        .nest("/ws", websocket::router(variant.mutation()))
        .merge(websocket::elsewhere())
        .merge(layers::router())
        .merge(files::router())
}

/// 200 with JSON.
fn reply(value: impl Into<Value>) -> Response {
    messages::json(&value.into())
}
