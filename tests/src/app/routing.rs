//! Patterns, methods and paths: `/routing` of `spec/app.md`.

use http::{HeaderName, HeaderValue, Method, StatusCode};
use hyperserve_core::{IntoResponse, Problem, Response};
use hyperserve_router::{MatchedPath, Path, Router, UrlFor, any, delete, get, head, on, options, query};
use serde_json::json;

use super::{messages, reply};

pub(super) fn router() -> Router {
    Router::new()
        .merge(patterns())
        .merge(typed())
        .merge(methods())
        .route("/plain", get(async || messages::text("plain")))
        .route("/folder/", get(async || messages::text("folder")))
        .route("/url/{id}", get(url))
        .route("/matched/{id}/x", get(async |path: MatchedPath| messages::text(path.as_str())))
}

fn patterns() -> Router {
    Router::new()
        .route("/static", get(async || messages::text("static")))
        .route("/users/me", get(async || messages::text("me")))
        .route("/users/{id}", get(user).post(async || messages::text("posted")).name("user"))
        .route("/files/readme", get(async || messages::text("readme")))
        .route("/files/{*rest}", get(async |Path(rest): Path<String>| reply(json!({ "rest": rest }))))
        .route("/img/a-{id}.png", get(user))
        .route("/{{braces}}", get(async || messages::text("braces")))
        .route("/café au lait", get(async || messages::text("café")))
        .route("/a%2fb", get(async || messages::text("encoded slash")))
        .route("//double", get(async || messages::text("double")))
}

/// One route a type, and one path that two routes share by their types.
fn typed() -> Router {
    let kinds = ["int", "u32", "u64", "i32", "i64", "float", "uuid", "date"];
    let router = kinds.iter().fold(Router::new(), |router, kind| {
        router.route(&format!("/typed/{kind}/{{value:{kind}}}"), get(value))
    });
    router
        .route("/mixed/{id:u32}", get(async |Path(id): Path<u32>| reply(json!({ "number": id }))))
        .route("/mixed/{name}", get(async |Path(name): Path<String>| reply(json!({ "name": name }))))
}

fn methods() -> Router {
    let item = get(async || messages::text("read"))
        .put(async || messages::text("written"))
        .delete(async || StatusCode::NO_CONTENT);
    Router::new()
        .route("/item", item)
        .route("/only-delete", delete(async || StatusCode::NO_CONTENT))
        .route("/search", query(async |body: String| messages::text(body)))
        .route("/any", any(async |method: Method| messages::text(method.as_str())))
        .route("/own-options", options(async || messages::text("own")).get(async || messages::text("read")))
        .route("/own-head", head(own_head).get(async || messages::text("read")))
        .route("/extra", on(propfind(), async || messages::text("found")))
}

fn propfind() -> Method {
    Method::from_bytes(b"PROPFIND").unwrap_or_default()
}

async fn own_head() -> Response {
    let field = (HeaderName::from_static("x-head"), HeaderValue::from_static("own"));
    (StatusCode::OK, [field]).into_response()
}

async fn user(Path(id): Path<String>) -> Response {
    reply(json!({ "id": id }))
}

async fn value(Path(value): Path<String>) -> Response {
    reply(json!({ "value": value }))
}

async fn url(urls: UrlFor, Path(id): Path<String>) -> Result<Response, Problem> {
    let path = urls.path("user", [("id", id)]);
    path.map(reply).map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error))
}
