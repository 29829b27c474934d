//! A stream with bytes put back in front of it.

use crate::forward::forward_writes;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Debug)]
pub(crate) struct Rewind<T> {
    io: T,
    unread: Vec<u8>,
}

impl<T> Rewind<T> {
    pub(crate) fn new(io: T) -> Self {
        Self { io, unread: Vec::new() }
    }

    /// What carries the bytes that are written.
    pub(super) const fn get_mut(&mut self) -> &mut T {
        &mut self.io
    }

    /// Puts `bytes` back: they are read next.
    pub(crate) fn unread(&mut self, bytes: &[u8]) {
        let behind = std::mem::replace(&mut self.unread, bytes.to_vec());
        self.unread.extend(behind);
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Rewind<T> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unread.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        let n = self.unread.len().min(buf.remaining());
        buf.put_slice(&self.unread[..n]);
        if n == self.unread.len() {
            self.unread = Vec::new();
        } else {
            self.unread.drain(..n);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Rewind<T> {
    forward_writes!();

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
