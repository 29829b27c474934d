//! WebSockets of axum (tungstenite) on hyper's connection with a runtime per core.
//!
//! `/echo` is the loop of axum's documentation, with tungstenite's buffers as they come: 128 KiB to read, which it
//! recommends for a high load. `/forward` is the echo of tokio-tungstenite's examples: messages that arrived together
//! are flushed together. `/small` has the 4 KiB read buffer that tungstenite recommends for many connections. `/hub` is
//! the chat of axum's examples: a `tokio::sync::broadcast` channel and a task a socket; what `/hub/send` is sent goes to
//! all of them.

use std::process::ExitCode;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use futures_util::{StreamExt, TryStreamExt, future};
use hyper_util::service::TowerToHyperService;
use hyperserve_bench_peers::{Options, axum_routes, serve_upgrades_per_core};
use tokio::sync::broadcast;

/// The bound of HyperServe's messages, for every peer the same.
const MAX_MESSAGE: usize = 1 << 20;
/// A burst of 100 and as many again, so that no member lags behind the channel and loses messages.
const CHANNEL: usize = 256;
const SMALL_BUFFER: usize = 4096;

type Hub = broadcast::Sender<Message>;

fn main() -> ExitCode {
    let options = Options::from_env();
    let service = TowerToHyperService::new(routes());
    match options
        .and_then(|options| serve_upgrades_per_core(&options, service).map_err(|error| error.to_string()))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("axum-ws: {message}");
            ExitCode::FAILURE
        }
    }
}

fn routes() -> Router {
    let hub = Router::new()
        .route("/hub", any(async |upgrade, State(hub)| open(upgrade, move |socket| member(socket, hub))))
        .route("/hub/send", any(async |upgrade, State(hub)| open(upgrade, move |socket| send(socket, hub))))
        .with_state(Hub::new(CHANNEL));
    axum_routes()
        .route("/echo", any(async |upgrade| open(upgrade, echo)))
        .route("/forward", any(async |upgrade| open(upgrade, forward)))
        .route(
            "/small",
            any(async |upgrade: WebSocketUpgrade| open(upgrade.read_buffer_size(SMALL_BUFFER), echo)),
        )
        .merge(hub)
}

fn open<F>(upgrade: WebSocketUpgrade, handler: impl FnOnce(WebSocket) -> F + Send + 'static) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).on_upgrade(handler)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if is_data(&message) && socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn forward(socket: WebSocket) {
    let (sink, stream) = socket.split();
    let _ = stream.try_filter(|message| future::ready(is_data(message))).forward(sink).await;
}

async fn member(mut socket: WebSocket, hub: Hub) {
    let mut messages = hub.subscribe();
    loop {
        tokio::select! {
            Ok(message) = messages.recv() => if socket.send(message).await.is_err() { return },
            received = socket.recv() => if !matches!(received, Some(Ok(_))) { return },
        }
    }
}

async fn send(mut socket: WebSocket, hub: Hub) {
    while let Some(Ok(message)) = socket.recv().await {
        if is_data(&message) {
            let _ = hub.send(message);
        }
    }
}

fn is_data(message: &Message) -> bool {
    matches!(message, Message::Binary(_) | Message::Text(_))
}
