//! Sessions in memory, and in the cookie itself.

use http::{HeaderValue, header};
use hyperserve::middleware::{
    auth::AuthLayer,
    sessions::{MemoryStore, Session, SessionAuth, SessionConfig, SessionError, SessionKey, SessionLayer},
};
use hyperserve_core::{IntoResponse, Principal, Response};
use hyperserve_router::{MethodRouter, Router, get};
use serde_json::json;

use super::{made, messages, who};
use crate::app::reply;

pub(super) fn router() -> Router {
    let secret: Vec<u8> = (0..64).collect();
    let sealed =
        made(SessionLayer::with_cookie([made(SessionKey::from_bytes(secret))], &SessionConfig::new()));
    let lasting = SessionConfig::new().with_persistent(true);
    let lasting = made(SessionLayer::with_store(MemoryStore::new(), &lasting));
    Router::new()
        .merge(at(
            "/layers/session",
            &made(SessionLayer::with_store(MemoryStore::new(), &SessionConfig::new())),
        ))
        .merge(at("/layers/sealed", &sealed))
        .route("/layers/lasting/visit", get(visit).layer(lasting))
}

fn at(prefix: &str, layer: &SessionLayer) -> Router {
    let login = made(SessionAuth::try_new("/layers/session/login"));
    let routes: [(&str, MethodRouter); 9] = [
        ("untouched", get(async || messages::text("untouched"))),
        ("read", get(read)),
        ("visit", get(visit)),
        ("visit-shared", get(visit_shared)),
        ("renew", get(renew)),
        ("destroy", get(destroy)),
        ("clear", get(clear)),
        ("large", get(large)),
        ("login", get(log_in)),
    ];
    let me = get(who).layer(AuthLayer::new(login)).layer(layer.clone());
    let router = Router::new().route(&format!("{prefix}/me"), me);
    routes.into_iter().fold(router, |router, (name, methods)| {
        router.route(&format!("{prefix}/{name}"), methods.layer(layer.clone()))
    })
}

async fn read(session: Session) -> Result<Response, SessionError> {
    Ok(reply(json!({ "visits": session.get::<u32>("visits").await? })))
}

async fn visit(session: Session) -> Result<Response, SessionError> {
    let visits = session.get::<u32>("visits").await?.unwrap_or(0) + 1;
    session.insert("visits", visits).await?;
    Ok(messages::text(visits.to_string()))
}

/// An answer that says of itself who may keep it.
async fn visit_shared(session: Session) -> Response {
    let mut answer = visit(session).await.into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

async fn renew(session: Session) -> Result<Response, SessionError> {
    session.renew().await.map(|()| messages::text("renewed"))
}

async fn destroy(session: Session) -> Result<Response, SessionError> {
    session.destroy().await.map(|()| messages::text("destroyed"))
}

async fn clear(session: Session) -> Result<Response, SessionError> {
    session.remove("visits").await.map(|_| messages::text("cleared"))
}

async fn large(session: Session) -> Result<Response, SessionError> {
    session.insert("visits", "x".repeat(5000)).await.map(|()| messages::text("large"))
}

async fn log_in(session: Session) -> Result<Response, SessionError> {
    session.log_in(&Principal::new("ada")).await.map(|()| messages::text("logged in"))
}
