//! Cookies, plain, signed and private: `/cookies` of `spec/app.md`.

use std::collections::BTreeMap;

use hyperserve_core::{IntoResponse, Response};
use hyperserve_router::{
    Cookie, CookieJar, Key, PrivateCookieJar, Router, SignedCookieJar, get, secure_cookie,
};
use serde_json::json;

use super::{messages, reply};

pub(super) fn router() -> Router {
    let secret: Vec<u8> = (0..64).collect();
    jars().with_state(Key::from(&secret))
}

fn jars() -> Router<Key> {
    Router::new()
        .route("/all", get(all))
        .route("/set", get(set))
        .route("/remove", get(remove))
        .route("/encoded", get(async |jar: CookieJar| done(jar.add(Cookie::new("note", "a b;c=é")), "set")))
        .route("/signed", get(async |jar: SignedCookieJar| user(jar.get("user"))))
        .route(
            "/signed/set",
            get(async |jar: SignedCookieJar| done(jar.add(Cookie::new("user", "u7")), "set")),
        )
        .route("/private", get(async |jar: PrivateCookieJar| user(jar.get("user"))))
        .route(
            "/private/set",
            get(async |jar: PrivateCookieJar| done(jar.add(Cookie::new("user", "u7")), "set")),
        )
}

async fn all(jar: CookieJar) -> Response {
    let pairs: BTreeMap<_, _> = jar.iter().map(|cookie| (cookie.name(), cookie.value())).collect();
    reply(json!(pairs))
}

async fn set(jar: CookieJar) -> Response {
    done(jar.add(Cookie::new("flavor", "oat")).add(secure_cookie("session", "s1")), "set")
}

async fn remove(jar: CookieJar) -> Response {
    done(jar.remove(Cookie::build("flavor").path("/")), "removed")
}

fn done(jar: impl hyperserve_core::IntoResponseParts, what: &'static str) -> Response {
    (jar, messages::text(what)).into_response()
}

fn user(cookie: Option<Cookie<'static>>) -> Response {
    reply(json!({ "user": cookie.map(|cookie| cookie.value().to_owned()) }))
}
