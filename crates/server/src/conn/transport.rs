//! What carries a connection's bytes: a socket, TLS over one, or a stream of the caller's.

use super::rewind::Rewind;
use super::socket::Socket;
use super::windows::{Windows, is_window, misplaced};
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A byte stream of the caller's.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One type for all, so that hyper's connection is compiled once.
pub(crate) enum Transport {
    Plain(Rewind<Socket>),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::server::TlsStream<Rewind<Socket>>>),
    Other(Rewind<Box<dyn Stream>>),
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            #[cfg(feature = "tls")]
            Self::Tls(_) => "Tls",
            Self::Other(_) => "Other",
        })
    }
}

impl Transport {
    /// From here on stretches of files are sent by the kernel, if what carries the bytes is a socket and nothing else.
    pub(super) fn send_files(&mut self) -> Option<Arc<Windows>> {
        match self {
            Self::Plain(socket) => Some(socket.get_mut().send_files()),
            #[cfg(feature = "tls")]
            Self::Tls(_) => None,
            Self::Other(_) => None,
        }
    }

    /// A window that would be encrypted, or written to a stream of the caller's. Sockets look for themselves.
    fn has_misplaced(&self, bytes: &[u8]) -> bool {
        !matches!(self, Self::Plain(_)) && is_window(bytes)
    }

    /// Puts `bytes` back in front of a stream without TLS.
    pub(crate) fn unread(&mut self, bytes: &[u8]) {
        match self {
            Self::Plain(socket) => socket.unread(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(_) => {}
            Self::Other(stream) => stream.unread(bytes),
        }
    }
}

macro_rules! forward {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Transport::Plain(socket) => {
                let $stream = Pin::new(socket);
                $call
            }
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => {
                let $stream = Pin::new(tls);
                $call
            }
            Transport::Other(other) => {
                let $stream = Pin::new(other);
                $call
            }
        }
    };
}

impl AsyncRead for Transport {
    #[inline]
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        forward!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Transport {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.has_misplaced(bytes) {
            return Poll::Ready(Err(misplaced()));
        }
        forward!(self, stream => stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if slices.iter().any(|slice| self.has_misplaced(slice)) {
            return Poll::Ready(Err(misplaced()));
        }
        forward!(self, stream => stream.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_write_vectored(),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.is_write_vectored(),
            Self::Other(other) => other.is_write_vectored(),
        }
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, stream => stream.poll_shutdown(cx))
    }
}
