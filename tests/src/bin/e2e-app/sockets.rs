//! WebSockets for the Python suites: echoes, rooms under each policy for slow members, a flood, and an account of how the
//! sockets ended.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::StatusCode;
use hyperserve_core::{FromRequestParts as _, IntoResponse as _, Problem, Request, Response};
use hyperserve_tests::app::{self, number};
use hyperserve_ws::{CloseCode, Delivery, Error, Hub, SlowConsumer, WebSocket, WebSocketUpgrade};
use serde_json::json;

/// What the sockets of all workers share.
pub(crate) struct Sockets {
    disconnect: Hub<String>,
    drop_oldest: Hub<String>,
    wait: Hub<String>,
    open: AtomicUsize,
    ended: Mutex<BTreeMap<String, usize>>,
}

impl Default for Sockets {
    fn default() -> Self {
        let hub = |slow| Hub::new().with_slow_consumer(slow);
        Self {
            disconnect: hub(SlowConsumer::Disconnect),
            drop_oldest: hub(SlowConsumer::DropOldest),
            wait: hub(SlowConsumer::Wait),
            open: AtomicUsize::new(0),
            ended: Mutex::default(),
        }
    }
}

/// A socket that is counted as open while this lives.
struct Open(Arc<Sockets>);

impl Open {
    fn new(sockets: &Arc<Sockets>) -> Self {
        sockets.open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(sockets))
    }

    /// Notes how it ended: with the peer's code, or with an error.
    fn end(self, outcome: Result<CloseCode, Error>) {
        let words = outcome.map_or_else(|error| error.to_string(), |code| format!("closed with {code}"));
        let mut ended = self.0.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended.entry(words).or_default() += 1;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Sockets {
    /// `/ws/account.json` and `/ws/broadcast` are plain requests; everything else is a socket.
    pub(crate) async fn answer(self: Arc<Self>, request: Request) -> Response {
        match request.uri().path() {
            "/ws/account.json" => return app::json(&self.account()),
            "/ws/broadcast" => {
                let to: String = number(&request, "to", String::new());
                let (n, size) = (number(&request, "n", 1), number(&request, "size", 100));
                return self.broadcast(&to, n, size).await;
            }
            _ => {}
        }
        let (mut parts, _) = request.into_parts();
        match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
            Ok(upgrade) => self.socket(upgrade, parts.uri.path(), parts.version),
            Err(problem) => problem.into_response(),
        }
    }

    fn socket(self: Arc<Self>, upgrade: WebSocketUpgrade, path: &str, version: http::Version) -> Response {
        let upgrade = upgrade.with_protocols(["v2.chat", "v1.chat"]);
        match path {
            "/ws/echo" => upgrade.on_upgrade(async move |socket| Open::new(&self).end(echo(socket).await)),
            "/ws/flood" => upgrade.on_upgrade(async move |socket| Open::new(&self).end(flood(socket).await)),
            "/ws/deaf" => upgrade.on_upgrade(async move |socket| Open::new(&self).end(deaf(socket).await)),
            "/ws/info" => upgrade.on_upgrade(async move |socket: WebSocket| {
                let open = Open::new(&self);
                let words = json!({
                    "version": format!("{version:?}"),
                    "protocol": socket.protocol(),
                    "compressed": socket.is_compressed(),
                });
                open.end(greet(socket, words.to_string()).await);
            }),
            _ => match self.hub(path) {
                Some(hub) => {
                    let hub = hub.clone();
                    upgrade.on_upgrade(async move |socket| Open::new(&self).end(room(socket, &hub).await))
                }
                None => Problem::new(StatusCode::NOT_FOUND).into_response(),
            },
        }
    }

    /// The hub of a policy, named at the end of the path.
    fn hub(&self, path: &str) -> Option<&Hub<String>> {
        match path.rsplit('/').next() {
            Some("disconnect") => Some(&self.disconnect),
            Some("drop-oldest") => Some(&self.drop_oldest),
            Some("wait") => Some(&self.wait),
            _ => None,
        }
    }

    /// `n` messages of `size` bytes into the one room of a hub: `/ws/broadcast?n=10&size=1000&to=/disconnect`.
    async fn broadcast(&self, to: &str, n: usize, size: usize) -> Response {
        let Some(hub) = self.hub(to) else {
            return Problem::new(StatusCode::NOT_FOUND).into_response();
        };
        let message = Bytes::from(vec![b'b'; size]);
        let (mut sent, mut dropped, mut disconnected) = (0, 0, 0);
        for _ in 0..n {
            let Delivery { sent: to, dropped: from, disconnected: lost, .. } =
                hub.broadcast("room", message.clone()).await;
            (sent, dropped, disconnected) = (sent + to, dropped + from, disconnected + lost);
            // Sockets of the same worker write what they have.
            tokio::task::yield_now().await;
        }
        app::json(&json!({ "sent": sent, "dropped": dropped, "disconnected": disconnected }))
    }

    fn account(&self) -> serde_json::Value {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let members: usize = [&self.disconnect, &self.drop_oldest, &self.wait]
            .iter()
            .map(|hub| hub.members("room").len())
            .sum();
        json!({ "open": self.open.load(Ordering::Relaxed), "members": members, "ended": *ended })
    }
}

fn code(socket: &WebSocket) -> CloseCode {
    socket.close_frame().map_or(CloseCode::ABNORMAL, |frame| frame.code)
}

async fn echo(mut socket: WebSocket) -> Result<CloseCode, Error> {
    while let Some(message) = socket.recv().await {
        socket.send(message?).await?;
    }
    Ok(code(&socket))
}

async fn greet(mut socket: WebSocket, words: String) -> Result<CloseCode, Error> {
    socket.send(words).await?;
    echo(socket).await
}

/// 64 KiB after 64 KiB, for as long as somebody takes them. The buffer is shared: the memory that grows is not the app's.
async fn flood(mut socket: WebSocket) -> Result<CloseCode, Error> {
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    loop {
        socket.send(piece.clone()).await?;
    }
}

/// Messages are taken and thrown away.
async fn deaf(mut socket: WebSocket) -> Result<CloseCode, Error> {
    while let Some(message) = socket.recv().await {
        message?;
    }
    Ok(code(&socket))
}

/// What a member says everybody hears, the member too.
async fn room(mut socket: WebSocket, hub: &Hub<String>) -> Result<CloseCode, Error> {
    let seat = hub.join("room", socket.sender(), String::new()).map_err(|_| Error::Closed)?;
    socket.send("joined").await?;
    while let Some(message) = socket.recv().await {
        seat.broadcast(message?).await;
    }
    Ok(code(&socket))
}
