//! A TCP or Unix stream whose small writes are batched.

use super::batch;
use super::timers::Timers;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream, tcp, unix};

#[derive(Debug)]
enum ReadHalf {
    Tcp(tcp::OwnedReadHalf),
    Unix(unix::OwnedReadHalf),
}

#[derive(Debug)]
enum WriteHalf {
    Tcp(tcp::OwnedWriteHalf),
    Unix(unix::OwnedWriteHalf),
}

impl WriteHalf {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(half) => Pin::new(half).poll_write(cx, bytes),
            Self::Unix(half) => Pin::new(half).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(half) => Pin::new(half).poll_write_vectored(cx, slices),
            Self::Unix(half) => Pin::new(half).poll_write_vectored(cx, slices),
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(half) => Pin::new(half).poll_shutdown(cx),
            Self::Unix(half) => Pin::new(half).poll_shutdown(cx),
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => half.try_write(bytes),
            Self::Unix(half) => half.try_write(bytes),
        }
    }
}

/// The write side, shared with the batch.
#[derive(Debug)]
pub(super) struct Output {
    timers: Arc<Timers>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    half: WriteHalf,
    waiting: Vec<u8>,
    /// Bytes of `waiting` already sent.
    sent: usize,
    queued: bool,
    error: Option<io::Error>,
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what waits, as far as the socket takes it. What is left, and an error, is for the connection's task.
    pub(super) fn send_waiting(&self) {
        let mut inner = self.lock();
        inner.queued = false;
        if !inner.try_send() {
            drop(inner);
            self.timers.wake();
        }
    }
}

impl Inner {
    /// Whether everything went out.
    fn try_send(&mut self) -> bool {
        while self.sent < self.waiting.len() {
            match self.half.try_write(&self.waiting[self.sent..]) {
                Ok(n) => self.sent += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(error) => {
                    self.error = Some(error);
                    return false;
                }
            }
        }
        self.clear();
        true
    }

    fn clear(&mut self) {
        self.sent = 0;
        batch::recycle(std::mem::take(&mut self.waiting));
    }

    fn check(&mut self) -> io::Result<()> {
        self.error.take().map_or(Ok(()), Err)
    }

    fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn poll_send_waiting(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        while self.sent < self.waiting.len() {
            let n = ready!(self.half.poll_write(cx, &self.waiting[self.sent..]))?;
            self.sent += n;
        }
        if self.has_waiting() {
            self.clear();
        }
        Poll::Ready(Ok(()))
    }

    /// Makes room for `more` bytes; false when they are too many to wait.
    fn may_wait(&mut self, more: usize) -> bool {
        if self.waiting.len() - self.sent + more > batch::SMALL || !batch::is_on() {
            return false;
        }
        if self.waiting.capacity() == 0 {
            self.waiting = batch::buffer();
        }
        true
    }
}

/// A connected stream. Dropping it closes the connection.
#[derive(Debug)]
pub(crate) struct Socket {
    read: ReadHalf,
    output: Arc<Output>,
}

impl Socket {
    pub(crate) fn tcp(stream: TcpStream, timers: Arc<Timers>) -> Self {
        let (read, write) = stream.into_split();
        Self::new(ReadHalf::Tcp(read), WriteHalf::Tcp(write), timers)
    }

    pub(crate) fn unix(stream: UnixStream, timers: Arc<Timers>) -> Self {
        let (read, write) = stream.into_split();
        Self::new(ReadHalf::Unix(read), WriteHalf::Unix(write), timers)
    }

    fn new(read: ReadHalf, half: WriteHalf, timers: Arc<Timers>) -> Self {
        let inner = Inner { half, waiting: Vec::new(), sent: 0, queued: false, error: None };
        Self { read, output: Arc::new(Output { timers, inner: Mutex::new(inner) }) }
    }

    /// Queues what `inner` holds, once.
    fn enqueue(&self, mut inner: MutexGuard<'_, Inner>) {
        if !std::mem::replace(&mut inner.queued, true) {
            drop(inner);
            batch::enqueue(Arc::clone(&self.output));
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.read {
            ReadHalf::Tcp(half) => Pin::new(half).poll_read(cx, buf),
            ReadHalf::Unix(half) => Pin::new(half).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut inner = self.output.lock();
        inner.check()?;
        if inner.may_wait(bytes.len()) {
            inner.waiting.extend_from_slice(bytes);
            self.enqueue(inner);
            return Poll::Ready(Ok(bytes.len()));
        }
        ready!(inner.poll_send_waiting(cx))?;
        inner.half.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.output.lock();
        inner.check()?;
        let total = slices.iter().map(|slice| slice.len()).sum();
        if inner.may_wait(total) {
            slices.iter().for_each(|slice| inner.waiting.extend_from_slice(slice));
            self.enqueue(inner);
            return Poll::Ready(Ok(total));
        }
        ready!(inner.poll_send_waiting(cx))?;
        inner.half.poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// What is queued leaves when the worker waits; only what the socket refused then is waited for here.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.output.lock();
        if inner.queued {
            return Poll::Ready(Ok(()));
        }
        inner.poll_send_waiting(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.output.lock();
        ready!(inner.poll_send_waiting(cx))?;
        inner.half.poll_shutdown(cx)
    }
}

impl Drop for Socket {
    /// The last words of a connection that ends without a shutdown.
    fn drop(&mut self) {
        let mut inner = self.output.lock();
        if inner.has_waiting() && inner.error.is_none() {
            inner.try_send();
        }
    }
}
