//! A TCP or Unix stream whose small writes are batched.

use super::batch::{self, Place};
use super::output::{Output, WriteHalf};
use super::timers::Timers;
use super::windows::{Windows, is_window, misplaced};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream, tcp, unix};

#[derive(Debug)]
enum ReadHalf {
    Tcp(tcp::OwnedReadHalf),
    Unix(unix::OwnedReadHalf),
}

/// A connected stream. Dropping it closes the connection.
#[derive(Debug)]
pub(crate) struct Socket {
    read: ReadHalf,
    output: Arc<Output>,
    place: Place,
    /// The last write was not taken whole: what is left of it must not wait for a batch that would fail too.
    full: bool,
    /// What it sends of files, if it does.
    windows: Option<Arc<Windows>>,
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

    fn new(read: ReadHalf, write: WriteHalf, timers: Arc<Timers>) -> Self {
        Self { read, output: Output::new(write, timers), place: Place::default(), full: false, windows: None }
    }

    /// From here on stretches of files are sent by the kernel; what it returns says which.
    pub(super) fn send_files(&mut self) -> Arc<Windows> {
        Arc::clone(self.windows.get_or_insert_default())
    }

    /// Waits until nothing of this connection waits in a batch: what is written directly must not overtake it.
    fn poll_unqueued(&self, cx: &Context<'_>) -> Poll<()> {
        if self.output.is_queued() {
            batch::flush_batch();
        }
        if self.output.is_queued() {
            // In another thread's batch, which an upgraded stream can leave behind: that thread sends it when it waits.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    fn poll_direct(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        total: usize,
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_unqueued(cx));
        ready!(self.output.poll_rest(cx))?;
        let outcome = self.output.poll_write_half(cx, slices);
        self.full = !matches!(outcome, Poll::Ready(Ok(written)) if written == total);
        outcome
    }

    /// The same for slices of which one, the first that is at or behind `at`, stands for a stretch of a file.
    fn poll_window(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        at: usize,
    ) -> Poll<io::Result<usize>> {
        let Some(windows) = &self.windows else { return Poll::Ready(Err(misplaced())) };
        let windows = Arc::clone(windows);
        ready!(self.poll_unqueued(cx));
        ready!(self.output.poll_rest(cx))?;
        let (before, window) = (&slices[..at], &slices[at]);
        let total = before.iter().map(|slice| slice.len()).sum::<usize>() + window.len();
        let outcome = self.output.poll_send_file(cx, before, window, &windows);
        self.full = !matches!(outcome, Poll::Ready(Ok(written)) if written == total);
        outcome
    }

    fn may_wait(&self) -> bool {
        !self.full && !self.output.is_troubled()
    }
}

impl AsyncRead for Socket {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.output.is_troubled() {
            // Whoever reads drives what a batch could not send: the owner of an upgraded stream has flushed it already, and
            // may only be waiting for an answer.
            if let Poll::Ready(Err(error)) = self.output.poll_rest(cx) {
                return Poll::Ready(Err(error));
            }
        }
        match &mut self.read {
            ReadHalf::Tcp(half) => Pin::new(half).poll_read(cx, buf),
            ReadHalf::Unix(half) => Pin::new(half).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.windows.is_some() && is_window(bytes) {
            return this.poll_window(cx, &[IoSlice::new(bytes)], 0);
        }
        if this.may_wait()
            && batch::wait(&mut this.place, &this.output, bytes.len(), |waiting| {
                waiting.extend_from_slice(bytes)
            })
        {
            return Poll::Ready(Ok(bytes.len()));
        }
        this.poll_direct(cx, &[IoSlice::new(bytes)], bytes.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.windows.is_some()
            && let Some(at) = slices.iter().position(|slice| is_window(slice))
        {
            return this.poll_window(cx, slices, at);
        }
        let total = slices.iter().map(|slice| slice.len()).sum();
        let append = |waiting: &mut Vec<u8>| slices.iter().for_each(|slice| waiting.extend_from_slice(slice));
        if this.may_wait() && batch::wait(&mut this.place, &this.output, total, append) {
            return Poll::Ready(Ok(total));
        }
        this.poll_direct(cx, slices, total)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// What is queued leaves when the worker waits; only what the socket refused then is waited for here.
    #[inline]
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.output.poll_rest(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unqueued(cx));
        ready!(self.output.poll_rest(cx))?;
        Poll::Ready(self.output.shutdown())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.output.is_queued() {
            batch::flush_batch();
        }
        if self.output.is_troubled() {
            self.output.send_rest();
        }
    }
}
