//! Opening handshakes (RFC 6455 §4.1).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::compress::Deflate;
use crate::connect_from;

/// Key and answer of RFC 6455 §1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const PATIENCE: Duration = Duration::from_secs(10);
/// Handshakes under way at a time, so that no accept queue overflows.
const BURST: usize = 100;

/// Where to connect, and with what.
#[derive(Debug, Clone)]
pub struct Target {
    /// The server.
    pub server: SocketAddr,
    /// The resource.
    pub path: String,
    /// What is offered, and must be agreed to.
    pub deflate: Deflate,
    /// Loopback addresses to connect from, in turn.
    pub sources: usize,
}

/// So many WebSockets, with TCP_NODELAY.
///
/// # Errors
/// The sockets' own, or `InvalidData` for a handshake that did not end as it should.
pub async fn open_all(target: &Target, count: usize) -> io::Result<Vec<TcpStream>> {
    let mut opened = Vec::with_capacity(count);
    while opened.len() < count {
        let burst = opened.len()..count.min(opened.len() + BURST);
        let mut under_way: JoinSet<_> = burst.map(|number| open(target.clone(), number)).collect();
        while let Some(stream) = under_way.join_next().await {
            opened.push(stream??);
        }
    }
    Ok(opened)
}

async fn open(target: Target, number: usize) -> io::Result<TcpStream> {
    let mut stream = timeout(PATIENCE, connect_from(target.sources, number, target.server)).await??;
    stream.set_nodelay(true)?;
    stream.write_all(request(&target).as_bytes()).await?;
    let head = timeout(PATIENCE, read_head(&mut stream)).await??;
    judge(&head, target.deflate)?;
    Ok(stream)
}

fn request(target: &Target) -> String {
    let Target { server, path, deflate, .. } = target;
    let offer = deflate.offer();
    format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{offer}\r\n"
    )
}

/// Byte by byte: what follows the head is not ours to take.
async fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    String::from_utf8(head).map_err(|_| invalid("an answer that is no text".to_owned()))
}

fn judge(head: &str, deflate: Deflate) -> io::Result<()> {
    let field = |wanted: &str| {
        let fields = head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim()).next()
    };
    let opened = head.starts_with("HTTP/1.1 101 ") && field("sec-websocket-accept") == Some(ACCEPT);
    if !opened || !deflate.is_agreed(field("sec-websocket-extensions").unwrap_or_default()) {
        return Err(invalid(format!("the handshake was answered with {head:?}")));
    }
    Ok(())
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::{ACCEPT, Deflate, judge};

    #[test]
    fn only_what_was_asked_for_is_taken() {
        let head = |rest| {
            format!("HTTP/1.1 101 Switching Protocols\r\nSec-Websocket-Accept: {ACCEPT}\r\n{rest}\r\n")
        };
        let deflates = head("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        judge(&head(""), Deflate::Off).unwrap();
        judge(&deflates, Deflate::Takeover).unwrap();
        assert!(judge(&deflates, Deflate::Off).is_err());
        assert!(judge(&head(""), Deflate::Fresh).is_err());
        assert!(judge(&head("").replace("101", "200"), Deflate::Off).is_err());
        assert!(judge(&head("").replace(ACCEPT, "x"), Deflate::Off).is_err());
    }
}
