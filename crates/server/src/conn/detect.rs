//! Which protocol a connection without TLS speaks, by its first bytes (RFC 9113 §3.3, prior knowledge).

use super::transport::Transport;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Reads until the answer is certain, which an HTTP/1 request makes it with its first bytes, and puts back what was read.
/// A peer that closes without a word speaks HTTP/1 as well as anything.
pub(super) async fn detect(transport: &mut Transport) -> io::Result<Protocol> {
    let mut read = Vec::new();
    let protocol = poll_fn(|cx| {
        loop {
            let mut scratch = [0; 2048];
            let mut buf = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut *transport).poll_read(cx, &mut buf))?;
            let ended = buf.filled().is_empty();
            read.extend_from_slice(buf.filled());
            let seen = read.len().min(PREFACE.len());
            if ended || read[..seen] != PREFACE[..seen] {
                return Poll::Ready(Ok::<_, io::Error>(Protocol::Http1));
            }
            if seen == PREFACE.len() {
                return Poll::Ready(Ok(Protocol::Http2));
            }
        }
    })
    .await?;
    transport.unread(&read);
    Ok(protocol)
}
