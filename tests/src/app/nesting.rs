//! Routers in routers, services beneath a prefix, and hosts: `/nest`, `/mount` and `/host` of `spec/app.md`.

use http::{StatusCode, Uri};
use hyperserve_core::{IntoResponse, Response};
use hyperserve_router::{MatchedPath, OriginalUri, Path, Router, RouterService, get};
use serde_json::json;

use super::{messages, reply};

pub(super) fn router() -> Router {
    Router::new()
        .nest("/nest", outer())
        .nest("/", Router::new().route("/at-root", get(async || messages::text("at root"))))
        .merge(Router::new().route("/merged", get(async || messages::text("merged"))))
        .nest("/tenants/{tenant}", Router::new().route("/users/{id}", get(pair)))
        .mount("/mount", mounted())
}

fn outer() -> Router {
    Router::new()
        .route("/", get(async || messages::text("root")))
        .route("/item/{id}", get(async |Path(id): Path<String>| reply(json!({ "id": id }))))
        .route("/seen", get(async |uri: Uri| messages::text(uri.path())))
        .route("/pattern/{id}", get(async |path: MatchedPath| messages::text(path.as_str())))
        .fallback(async || missing("nest"))
        .nest("/deep", deep())
        .nest("/quiet", Router::new().route("/", get(async || messages::text("quiet"))))
}

fn deep() -> Router {
    Router::new().route("/", get(async || messages::text("deep"))).fallback(async || missing("deep"))
}

async fn pair(Path((tenant, id)): Path<(String, String)>) -> Response {
    reply(json!({ "tenant": tenant, "id": id }))
}

/// 404 that says who answers.
fn missing(who: &'static str) -> Response {
    (StatusCode::NOT_FOUND, messages::text(who)).into_response()
}

/// A service that tells what it sees of the path.
fn mounted() -> RouterService {
    let seen = async |uri: Uri, OriginalUri(original): OriginalUri| {
        reply(json!({ "path": uri.to_string(), "original": original.to_string() }))
    };
    Router::new().fallback(seen).build()
}

/// Routes for some hosts, and for every host.
pub(super) fn hosts() -> Router {
    Router::new()
        .route("/host", get(async || messages::text("any")).post(async || messages::text("posted")))
        .host("exact.example", named("exact").fallback(async || missing("exact")))
        .host("*.wild.example", named("wild"))
        .host("*.deep.wild.example", named("deep"))
        .host("a.wild.example", named("a"))
        .host("{tenant}.tenant.example", tenants())
        .host("slash.example", Router::new().mount("/", redirecting()))
}

fn named(name: &'static str) -> Router {
    Router::new().route("/host", get(move || async move { messages::text(name) }))
}

fn tenants() -> Router {
    let tenant = async |Path(tenant): Path<String>| reply(json!({ "tenant": tenant }));
    Router::new().route("/host", get(tenant)).route("/host/{id}", get(pair))
}

/// The one router that sends clients to the other form of a path.
fn redirecting() -> RouterService {
    Router::new()
        .route("/plain", get(async || messages::text("plain")))
        .route("/folder/", get(async || messages::text("folder")))
        .with_slash_redirect(true)
        .build()
}
