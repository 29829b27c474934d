//! A server made by hand: it reads the request, and says what it is told to.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyperserve_ws::{Connect, ConnectError, WebSocket};
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};

/// What a server concatenates with the key (RFC 6455 §1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

pub(crate) struct Peer<T = DuplexStream> {
    pub(crate) stream: T,
    /// The request's head.
    pub(crate) head: String,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Peer<T> {
    pub(crate) async fn read(mut stream: T) -> Self {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        Self { stream, head: String::from_utf8(head).unwrap() }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
        line.map(|line| line[name.len() + 1..].trim())
    }

    /// The value of `Sec-WebSocket-Accept` that fits.
    pub(crate) fn accept(&self) -> String {
        let key = self.field("sec-websocket-key").unwrap();
        BASE64_STANDARD.encode(Sha1::digest(format!("{key}{GUID}")))
    }

    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        // A client that has heard enough hangs up.
        _ = self.stream.write_all(bytes).await;
    }

    /// A right answer, with these fields (each with its line end) besides.
    pub(crate) async fn agree(&mut self, fields: &str) {
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: {}\r\n{fields}\r\n",
            self.accept()
        );
        self.say(answer.as_bytes()).await;
    }
}

/// Connects to a server that does as `script` says; it stays until the client has made up its mind.
pub(crate) async fn against(
    connect: Connect,
    script: impl AsyncFnOnce(&mut Peer),
) -> Result<WebSocket, ConnectError> {
    let (near, far) = tokio::io::duplex(1024 * 1024);
    let serving = async {
        let mut peer = Peer::read(far).await;
        script(&mut peer).await;
        peer
    };
    let (opened, _peer) = tokio::join!(connect.over(near), serving);
    opened.map(|(socket, _)| socket)
}

pub(crate) fn anywhere() -> Connect {
    Connect::new("ws://a.example/chat?room=7")
}
