//! WebSockets: `/ws` of `spec/app.md`.

mod layer;
mod sockets;

use http::{HeaderValue, StatusCode, header};
use hyperserve_core::{IntoResponse, Origins, Problem, Response};
use hyperserve_router::{Path, Router, RouterService, any, get};
use hyperserve_ws::{WebSocket, WebSocketUpgrade};

use self::layer::Mark;
use super::{messages, mutation::Mutation};

/// The subprotocols that `/ws/protocols` knows, the best first.
const PROTOCOLS: [&str; 3] = ["v2.chat", "v1.chat", "soap"];

pub(super) fn router(mutation: Option<Mutation>) -> Router {
    let echo = move |upgrade: WebSocketUpgrade| async move { accept(upgrade, mutation) };
    Router::new()
        .route("/echo", get(echo))
        .route("/any", any(echo))
        .route("/detached", get(echo).detached())
        .route("/or-page", get(or_page))
        .merge(choices())
        .merge(closes(mutation))
        .merge(habits())
        .route("/rooms/{room}", get(async |Path(room): Path<String>, upgrade| greet(upgrade, room)))
        .nest("/nested", nested())
        .nest("/layered", layered())
}

/// What the handshake decides.
fn choices() -> Router {
    let listed = ["https://app.example", "https://*.apps.example"].map(str::to_owned);
    let list = Origins::List(listed.to_vec());
    let origins = move |upgrade: WebSocketUpgrade| {
        let answer = accept(upgrade.with_origins(list.clone()), None);
        async { answer }
    };
    Router::new()
        .route("/protocols", get(protocols))
        .route("/deny/{status}", get(deny))
        .route("/origins", get(origins))
        .route(
            "/any-origin",
            get(async |upgrade: WebSocketUpgrade| accept(upgrade.with_origins(Origins::Any), None)),
        )
        .route("/plain", get(async |upgrade: WebSocketUpgrade| accept(upgrade.with_compression(None), None)))
        .route("/small", get(async |upgrade: WebSocketUpgrade| accept(upgrade.with_max_message(16), None)))
}

/// Sockets that the app closes, or lets go of.
fn closes(mutation: Option<Mutation>) -> Router {
    let wrong = u16::from(mutation == Some(Mutation::WrongClose));
    let close = move |Path((code, reason)): Path<(u16, String)>, upgrade: WebSocketUpgrade| async move {
        upgrade.on_upgrade(move |socket| sockets::close(socket, code + wrong, reason))
    };
    let long = async |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(|socket| sockets::close(socket, 1000, "ü".repeat(100)))
    };
    Router::new()
        .route("/close/{code}/{reason}", get(close))
        .route("/close-long", get(long))
        .route("/last-words", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(sockets::last_words)))
        .route("/leave", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(async |_: WebSocket| ())))
        .route("/panic", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(sockets::panic)))
        .route("/fail", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(sockets::fail)))
}

/// Ways to hold a socket.
fn habits() -> Router {
    Router::new()
        .route("/split", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(sockets::split)))
        .route("/burst", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(sockets::burst)))
        .route("/sender", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(sockets::sender)))
        .route("/json", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(sockets::json)))
        .route("/ping", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(sockets::ping)))
}

fn nested() -> Router {
    let seat =
        async |Path((room, seat)): Path<(String, String)>, upgrade| greet(upgrade, format!("{room}/{seat}"));
    Router::new()
        .route("/echo", get(plain))
        .nest("/rooms/{room}", Router::new().route("/seats/{seat}", get(seat)))
        .fallback(plain)
}

fn layered() -> Router {
    Router::new()
        .route("/echo", get(plain).layer(Mark("inner")))
        .route("/limited", get(plain))
        .body_limit(10)
        .layer(Mark("outer"))
}

fn mounted() -> RouterService {
    Router::new().route("/echo", get(plain)).build()
}

/// `/ws/host` for the host `ws.example`, and for all others; and a service with routes of its own.
pub(super) fn elsewhere() -> Router {
    let named = |name: &'static str| {
        Router::new().route(
            "/ws/host",
            get(move |upgrade: WebSocketUpgrade| async move { greet(upgrade, name.to_owned()) }),
        )
    };
    named("any").host("ws.example", named("ws.example")).mount("/ws/mounted", mounted())
}

async fn plain(upgrade: WebSocketUpgrade) -> Response {
    accept(upgrade, None)
}

fn accept(upgrade: WebSocketUpgrade, mutation: Option<Mutation>) -> Response {
    upgrade.on_upgrade(move |socket| sockets::echo(socket, mutation))
}

fn greet(upgrade: WebSocketUpgrade, words: String) -> Response {
    upgrade.on_upgrade(move |socket| sockets::greet(socket, words))
}

async fn or_page(upgrade: Option<WebSocketUpgrade>) -> Response {
    upgrade.map_or_else(|| messages::text("page"), |upgrade| accept(upgrade, None))
}

async fn protocols(upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.with_protocols(PROTOCOLS);
    let offered: Vec<_> = upgrade.offered_protocols().collect();
    let words = format!("{} of {}", upgrade.protocol().unwrap_or("none"), offered.join(" "));
    greet(upgrade, words)
}

/// The socket is not wanted, whoever asks for it.
async fn deny(Path(status): Path<u16>, _: WebSocketUpgrade) -> Response {
    match status {
        401 => Problem::new(StatusCode::UNAUTHORIZED)
            .with_header(header::WWW_AUTHENTICATE, "Bearer")
            .into_response(),
        303 => {
            (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/login"))]).into_response()
        }
        _ => (StatusCode::FORBIDDEN, messages::text("not today")).into_response(),
    }
}
