//! Both ends of a WebSocket against each other, over a stream in memory: all that a socket can do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod ending;
mod faults;
mod halves;
#[cfg(feature = "json")]
mod json;
mod messages;
mod queue;
mod time;

use hyperserve_ws::{Role, WebSocket, WebSocketConfig};
use tokio::io::DuplexStream;

/// A client and a server that hold `room` bytes between them each way.
fn pair_with(config: WebSocketConfig, room: usize) -> (WebSocket, WebSocket) {
    let (near, far) = tokio::io::duplex(room);
    let client = WebSocket::from_stream(near, Role::Client, config.clone());
    (client, WebSocket::from_stream(far, Role::Server, config))
}

fn pair() -> (WebSocket, WebSocket) {
    pair_with(WebSocketConfig::default(), 64 * 1024)
}

/// A socket, and the bare stream that leads to it.
fn bare(role: Role, config: WebSocketConfig) -> (WebSocket, DuplexStream) {
    let (near, far) = tokio::io::duplex(1024 * 1024);
    (WebSocket::from_stream(near, role, config), far)
}

/// Sends back what comes, to the end.
async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}
