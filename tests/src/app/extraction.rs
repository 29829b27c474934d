//! Typed values out of paths, queries, fields and bodies: `/extract` of `spec/app.md`.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use headers::IfModifiedSince;
use hyperserve_core::Response;
use hyperserve_router::{Form, Json, Path, Query, Rejection, Router, TypedHeader, get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{messages, reply};

pub(super) fn router() -> Router {
    Router::new()
        .nest("/path", paths())
        .route("/json", post(async |Json(order): Json<Order>| Json(order)))
        .route("/json-any", post(async |Json(value): Json<Value>| Json(value)))
        .route(
            "/json-optional",
            post(async |order: Option<Json<Order>>| Json(order.map(|Json(order)| order))),
        )
        .route("/json-result", post(result))
        .route("/query", get(async |Query(search): Query<Search>| Json(search)))
        .route("/form", get(form).post(form))
        .route("/header", get(async |TypedHeader(since): TypedHeader<IfModifiedSince>| Json(seconds(since))))
        .route("/header-optional", get(since))
        .route("/text", post(async |text: String| messages::text(text)))
        .route("/bytes", post(async |bytes: Bytes| messages::text(bytes.len().to_string())))
        .route("/small", post(async |text: String| messages::text(text)).body_limit(16))
}

/// An order, as `spec/app.md` has it.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    id: u32,
    user: User,
    state: State,
    note: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct User {
    name: String,
    tags: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Closed,
}

#[derive(Debug, Serialize, Deserialize)]
struct Search {
    page: u32,
    #[serde(default = "ten")]
    size: u32,
    #[serde(default)]
    tag: Vec<String>,
    #[serde(default)]
    n: Vec<u8>,
    q: Option<String>,
}

fn ten() -> u32 {
    10
}

#[derive(Debug, Serialize, Deserialize)]
struct Person {
    name: String,
    age: u8,
    #[serde(default)]
    tag: Vec<String>,
}

async fn form(Form(person): Form<Person>) -> Json<Person> {
    Json(person)
}

/// A handler that answers a failure in its own way.
async fn result(order: Result<Json<Order>, Rejection>) -> Response {
    match order {
        Ok(Json(order)) => messages::text(order.id.to_string()),
        Err(rejection) => messages::text(format!("own answer to {}", rejection.status().as_u16())),
    }
}

async fn since(since: Option<TypedHeader<IfModifiedSince>>) -> Json<Option<u64>> {
    Json(since.map(|TypedHeader(since)| seconds(since)))
}

fn seconds(since: IfModifiedSince) -> u64 {
    SystemTime::from(since).duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

fn paths() -> Router {
    Router::new()
        .route("/text/{text}", get(async |Path(text): Path<String>| reply(json!({ "text": text }))))
        .route("/rest/{*rest}", get(async |Path(rest): Path<String>| reply(json!({ "rest": rest }))))
        .route("/number/{n}", get(async |Path(n): Path<u8>| reply(json!({ "n": n }))))
        .route("/pair/{a}/{b}", get(async |Path(pair): Path<(String, u32)>| Json(pair)))
        .route("/named/{year}/{month}", get(async |Path(month): Path<Month>| Json(month)))
        .route("/unit/{unit}", get(async |Path(unit): Path<Unit>| Json(unit)))
        .route("/maybe", get(maybe))
        .route("/maybe/{n}", get(maybe))
}

#[derive(Debug, Serialize, Deserialize)]
struct Month {
    month: u8,
    year: u16,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Metre,
    Foot,
}

async fn maybe(n: Option<Path<u32>>) -> Response {
    reply(json!({ "n": n.map(|Path(n)| n) }))
}
