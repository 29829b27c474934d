//! The limits of WebSockets that no case of `spec/cases` sets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use hyperserve::prelude::*;
use hyperserve::ws;

pub(crate) const COVERED: &[&str] = &["ws_write_timeout", "ws_compression_level"];

/// A server of this process whose sockets send `text` once they are open, and again and again if `endless`.
struct Talker {
    handle: Handle,
    stream: TcpStream,
    failed: Receiver<String>,
    thread: Option<std::thread::JoinHandle<Result<Report, AppError>>>,
}

impl Talker {
    /// Connected, with the handshake's answer read.
    fn start(key: &str, value: &str, text: &'static str, endless: bool) -> Self {
        let config = Config::new().with("listen", "127.0.0.1:0").with("workers", 1);
        let config = config.with("drain_deadline", "100ms").with(key, value);
        let (tell, failed) = channel();
        let talk = move |upgrade: WebSocketUpgrade| {
            let tell = tell.clone();
            let talking = async move |mut socket: WebSocket| -> Result<(), ws::Error> {
                loop {
                    let sent = socket.send(text).await;
                    if let Err(error) = &sent {
                        drop(tell.send(error.to_string()));
                    }
                    sent?;
                    if !endless {
                        socket.recv().await;
                        return Ok(());
                    }
                }
            };
            std::future::ready(upgrade.on_upgrade(talking))
        };
        let bound = App::new().with_config(config).route("/", get(talk)).bind().unwrap();
        let (address, handle) = (bound.addresses()[0].tcp.unwrap(), bound.handle());
        let thread = std::thread::spawn(move || bound.run());
        let mut stream = TcpStream::connect(address).unwrap();
        let head = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        Self { handle, stream, failed, thread: Some(thread) }
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        self.handle.stop();
        drop(self.thread.take().unwrap().join());
    }
}

/// Bytes of the frame in which the text goes out.
fn frame_len(level: &str, text: &'static str) -> usize {
    let mut talker = Talker::start("ws_compression_level", level, text, false);
    let mut head = [0; 4];
    talker.stream.read_exact(&mut head).unwrap();
    assert_eq!(head[0], 0xc1, "a compressed text");
    match head[1] {
        126 => usize::from(u16::from_be_bytes([head[2], head[3]])),
        short => short.into(),
    }
}

#[test]
fn values_have_their_bounds() {
    for (key, good, bad, told) in [
        ("ws_compression_level", ["off", "9"], ["10", "11"], "is from 1, the fastest, to 9, the smallest"),
        ("ws_compression_window", ["off", "15"], ["8", "16"], "is from 9 to 15: two to this power bytes"),
    ] {
        for value in good {
            Config::new().with(key, value).check().unwrap();
        }
        for value in bad {
            let error = Config::new().with(key, value).check().unwrap_err().to_string();
            assert!(error.contains(told), "{value}: {error}");
        }
    }
}

#[test]
fn messages_are_compressed_as_hard_as_is_set() {
    let lines =
        (0..400).map(|n| format!("{{\"id\":{},\"name\":\"user {}\"}}\n", n * 7919 % 1000, n * 31 % 97));
    let text: &'static str = lines.collect::<String>().leak();
    let (fast, small) = (frame_len("1", text), frame_len("9", text));
    assert!(small * 10 < fast * 9, "{small} of {fast} bytes");
}

#[test]
fn a_peer_that_does_not_read_has_its_time() {
    let text: &'static str = "x".repeat(60_000).leak();
    let failure = |timeout| {
        let talker = Talker::start("ws_write_timeout", timeout, text, true);
        talker.failed.recv_timeout(Duration::from_secs(3)).ok()
    };
    assert_eq!(failure("300ms").as_deref(), Some("the peer does not read what it is sent"));
    assert_eq!(failure("60s"), None);
}
