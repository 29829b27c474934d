//! Layers that no setting reaches: `/layers` of `spec/app.md`.

mod auth;
mod browsers;
mod chaos;
mod errors;
mod hosts;
mod jwt;
mod limits;
mod pages;
mod sessions;
mod timeouts;

use std::fmt::Debug;

use hyperserve_core::{Principal, Response};
use hyperserve_router::Router;

use super::messages;

pub(super) fn router() -> Router {
    Router::new()
        .merge(auth::router())
        .merge(jwt::router())
        .merge(sessions::router())
        .merge(chaos::router())
        .merge(errors::router())
        .merge(timeouts::router())
        .merge(limits::router())
        .merge(hosts::router())
        .merge(browsers::router())
        .merge(pages::router())
}

/// What is made of settings that stand in this folder.
#[expect(
    clippy::expect_used,
    reason = "a layer that cannot be made ends the app before it listens, and says why"
)]
fn made<T, E: Debug>(result: Result<T, E>) -> T {
    result.expect("the settings of the app's own layers are good")
}

/// Who makes the request, and how that is known.
async fn who(principal: Option<Principal>) -> Response {
    messages::text(principal.map_or_else(
        || "nobody".to_owned(),
        |principal| format!("{} by {}", principal.subject(), principal.scheme()),
    ))
}
