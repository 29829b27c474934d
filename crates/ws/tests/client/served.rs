//! Our server, and an application for it to serve.

use http::{HeaderMap, HeaderValue, StatusCode};
use hyperserve_core::{ConnInfo, IntoResponse as _, Response};
use hyperserve_router::{Router, RouterService, get};
use hyperserve_server::{BoundServer, Handle, Limits, Listener, Report, Server, serve_connection};
use hyperserve_ws::{Compression, Error, WebSocket, WebSocketConfig, WebSocketUpgrade};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::io::DuplexStream;

/// Sends back what comes.
pub(crate) async fn echo(mut socket: WebSocket) -> Result<(), Error> {
    while let Some(message) = socket.recv().await {
        socket.send(message?).await?;
    }
    Ok(())
}

pub(crate) fn app() -> RouterService {
    Router::new()
        .route("/echo", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo)))
        .route("/takeover", get(takeover))
        .route("/plain", get(plain))
        .route("/chat", get(chat))
        .route("/about", get(about))
        .route("/cookie", get(cookie))
        .route("/door", get(door))
        .route("/deaf", get(deaf))
        .build()
}

async fn takeover(upgrade: WebSocketUpgrade) -> Response {
    let compression =
        Compression::default().with_server_takeover(true).with_client_takeover(true).with_min_size(1);
    upgrade.with_compression(Some(compression)).on_upgrade(echo)
}

async fn plain(upgrade: WebSocketUpgrade) -> Response {
    upgrade.with_compression(None).on_upgrade(echo)
}

/// Knows two subprotocols, and says which one was chosen.
async fn chat(upgrade: WebSocketUpgrade) -> Response {
    upgrade.with_protocols(["chat.v2", "chat.v1"]).on_upgrade(async |mut socket: WebSocket| {
        let chosen = socket.protocol().unwrap_or("none").to_owned();
        socket.send(chosen).await
    })
}

/// Tells what the request says.
async fn about(upgrade: WebSocketUpgrade, headers: HeaderMap) -> Response {
    let told = ["host", "origin", "authorization", "x-tag"].map(|name| {
        let all: Vec<_> = headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        format!("{name}={}", all.join("+"))
    });
    let config = WebSocketConfig::default().with_origins(hyperserve_ws::Origins::Any);
    upgrade
        .with_config(config)
        .on_upgrade(async move |mut socket: WebSocket| socket.send(told.join(" ")).await)
}

async fn cookie(upgrade: WebSocketUpgrade) -> Response {
    let mut response = upgrade.on_upgrade(echo);
    response.headers_mut().insert("set-cookie", HeaderValue::from_static("seat=7"));
    response
}

/// Lets nobody in.
async fn door(_: WebSocketUpgrade) -> Response {
    (StatusCode::UNAUTHORIZED, [("www-authenticate", "Bearer")], "who are you?").into_response()
}

/// Never reads.
async fn deaf(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |_socket: WebSocket| std::future::pending::<()>().await)
}

/// A server on a thread of its own, stopped when the test ends.
pub(crate) struct Served {
    pub(crate) address: Option<SocketAddr>,
    handle: Handle,
    thread: Option<JoinHandle<Report>>,
}

impl Served {
    pub(crate) fn new(listener: Listener) -> Self {
        let server = Server::new().listen(listener).with_workers(1).with_signals(false);
        let bound: BoundServer = server.bind().unwrap();
        let (address, handle) = (bound.addresses()[0].tcp, bound.handle());
        let thread = thread::spawn(move || bound.run(app()).unwrap());
        Self { address, handle, thread: Some(thread) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address.unwrap())
    }

    /// Begins to stop.
    pub(crate) fn stop(&self) {
        self.handle.stop();
    }

    /// Stops, while the test's own tasks go on.
    pub(crate) async fn ended(mut self) -> Report {
        self.stop();
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.handle.force();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

pub(crate) fn served() -> Served {
    Served::new(Listener::new("127.0.0.1:0"))
}

/// The client's end of a connection in memory, whose other end our server serves on this runtime.
pub(crate) fn in_memory() -> DuplexStream {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let serving = serve_connection(far, ConnInfo::default(), app(), Limits::default());
    drop(tokio::spawn(serving));
    near
}

/// Text that compresses by half.
pub(crate) fn numbers() -> Arc<str> {
    (0..).map(|number: u32| number.to_string()).take(5000).collect::<String>().into()
}
