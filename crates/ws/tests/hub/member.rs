//! Both ends of a socket in memory.

use std::time::Duration;

use hyperserve_ws::{CloseCode, Message, Role, Sender, WebSocket, WebSocketConfig};
use tokio::time::timeout;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A member: the server's end, which a handler would have, and the peer's.
pub(crate) struct Member {
    socket: Option<WebSocket>,
    pub(crate) peer: WebSocket,
}

impl Member {
    pub(crate) fn new() -> Self {
        Self::with_queue(256)
    }

    /// A member whose queue takes so many messages.
    pub(crate) fn with_queue(queue: usize) -> Self {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let config = WebSocketConfig::default().with_queue(queue);
        let socket = WebSocket::from_stream(ours, Role::Server, config);
        let peer = WebSocket::from_stream(theirs, Role::Client, WebSocketConfig::default());
        Self { socket: Some(socket), peer }
    }

    pub(crate) fn sender(&mut self) -> Sender {
        self.socket.as_mut().expect("a socket").sender()
    }

    /// Lets a task receive, and so write what is queued, as a handler does.
    pub(crate) fn serve(&mut self) {
        let mut socket = self.socket.take().expect("a socket");
        tokio::spawn(async move { while let Some(Ok(_)) = socket.recv().await {} });
    }

    /// What the peer receives next.
    pub(crate) async fn hears(&mut self) -> Message {
        timeout(PATIENCE, self.peer.recv())
            .await
            .expect("a message in time")
            .expect("an open socket")
            .unwrap()
    }

    pub(crate) async fn hears_text(&mut self) -> String {
        self.hears().await.as_str().expect("text").to_owned()
    }

    /// The code that the peer is told at the end.
    pub(crate) async fn hears_close(&mut self) -> CloseCode {
        while let Some(Ok(_)) = timeout(PATIENCE, self.peer.recv()).await.expect("an end in time") {}
        self.peer.close_frame().expect("a Close frame").code
    }

    /// Ends the socket without a word.
    pub(crate) fn vanish(self) {
        drop(self);
    }
}
