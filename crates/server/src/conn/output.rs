//! The write side of a socket, shared by the connection and the batch.

use super::timers::{Side, Timers};
use super::windows::Windows;
use std::io::{self, IoSlice};
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
#[cfg(target_os = "linux")]
use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream, tcp, unix};

#[derive(Debug)]
pub(super) enum WriteHalf {
    Tcp(tcp::OwnedWriteHalf),
    Unix(unix::OwnedWriteHalf),
    /// Given up on drop.
    Gone,
}

macro_rules! with {
    ($half:expr, $stream:ident => $call:expr) => {
        match $half {
            WriteHalf::Tcp(half) => {
                let $stream: &TcpStream = half.as_ref();
                $call
            }
            WriteHalf::Unix(half) => {
                let $stream: &UnixStream = half.as_ref();
                $call
            }
            WriteHalf::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    };
}

#[derive(Debug)]
pub(super) struct Output {
    half: WriteHalf,
    timers: Arc<Timers>,
    /// Bytes wait in a thread's batch.
    queued: AtomicBool,
    /// The socket did not take all, or failed: `rest` says.
    troubled: AtomicBool,
    rest: Mutex<Rest>,
}

/// What a batch could not send.
#[derive(Debug, Default)]
struct Rest {
    bytes: Vec<u8>,
    sent: usize,
    error: Option<io::Error>,
}

impl Output {
    pub(super) fn new(half: WriteHalf, timers: Arc<Timers>) -> Arc<Self> {
        let (queued, troubled) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { half, timers, queued, troubled, rest: Mutex::default() })
    }

    pub(super) fn is_queued(&self) -> bool {
        self.queued.load(Acquire)
    }

    pub(super) fn set_queued(&self, queued: bool) {
        self.queued.store(queued, Release);
    }

    /// Sends as much as the socket takes. What is left, and an error, is for the connection's task, which is woken.
    pub(super) fn send_now(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match with!(&self.half, stream => stream.try_write(bytes)) {
                Ok(n) => bytes = &bytes[n..],
                Err(error) => return self.leave(bytes, error),
            }
        }
    }

    #[cold]
    fn leave(&self, bytes: &[u8], error: io::Error) {
        let mut rest = self.rest();
        if error.kind() == io::ErrorKind::WouldBlock {
            rest.bytes.extend_from_slice(bytes);
        } else {
            rest.error = Some(error);
        }
        self.troubled.store(true, Release);
        drop(rest);
        self.timers.wake();
    }

    pub(super) fn is_troubled(&self) -> bool {
        self.troubled.load(Acquire)
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what a batch has left.
    pub(super) fn poll_rest(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_troubled() {
            return Poll::Ready(Ok(()));
        }
        let mut rest = self.rest();
        let rest = &mut *rest;
        if let Some(error) = rest.error.take() {
            rest.error = Some(error.kind().into());
            return Poll::Ready(Err(error));
        }
        while rest.sent < rest.bytes.len() {
            rest.sent += ready!(self.poll_write_half(cx, &[IoSlice::new(&rest.bytes[rest.sent..])]))?;
        }
        *rest = Rest::default();
        self.troubled.store(false, Release);
        Poll::Ready(Ok(()))
    }

    /// Writes to the socket itself. Nothing may wait.
    pub(super) fn poll_write_half(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            match with!(&self.half, stream => stream.try_write_vectored(slices)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.poll_write_ready(cx))?;
                }
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    /// Writes what is before a window, and has the kernel send the file that it stands for. Nothing may wait.
    pub(super) fn poll_send_file(
        &self,
        cx: &mut Context<'_>,
        before: &[IoSlice<'_>],
        window: &[u8],
        windows: &Windows,
    ) -> Poll<io::Result<usize>> {
        let length: usize = before.iter().map(|slice| slice.len()).sum();
        loop {
            let written = if length > 0 { self.try_write_more(before) } else { Ok(0) };
            let outcome = match written {
                Ok(written) if written == length => match self.try_send_file(window, windows, cx) {
                    Ok(sent) => Ok(length + sent),
                    // It is heard of when the window comes again.
                    Err(_) if length > 0 => Ok(length),
                    Err(error) => Err(error),
                },
                other => other,
            };
            match outcome {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.poll_write_ready(cx))?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    /// Writes what is followed by something else at once, so that it can share a packet with it.
    #[cfg(target_os = "linux")]
    fn try_write_more(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        use rustix::net::SendFlags;
        let flags = (SendFlags::MORE | SendFlags::NOSIGNAL).bits().cast_signed();
        with!(&self.half, stream => stream.try_io(Interest::WRITABLE, || {
            socket2::SockRef::from(stream).send_vectored_with_flags(slices, flags)
        }))
    }

    /// Has the kernel send what a window stands for, as much as the socket takes.
    #[cfg(target_os = "linux")]
    fn try_send_file(&self, window: &[u8], windows: &Windows, cx: &Context<'_>) -> io::Result<usize> {
        let (file, mut at) = windows.place(window)?;
        let sent = with!(&self.half, stream => stream.try_io(Interest::WRITABLE, || {
            Ok(rustix::fs::sendfile(stream, &*file, Some(&mut at), window.len())?)
        }))?;
        if sent == 0 {
            let told = "a file was shortened while it was sent; the connection is closed";
            tracing::error!("{told}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, told));
        }
        windows.sent(sent, cx);
        Ok(sent)
    }

    #[cfg(not(target_os = "linux"))]
    fn try_write_more(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        with!(&self.half, stream => stream.try_write_vectored(slices))
    }

    /// No connection has windows here.
    #[cfg(not(target_os = "linux"))]
    fn try_send_file(&self, _: &[u8], _: &Windows, _: &Context<'_>) -> io::Result<usize> {
        Err(super::windows::misplaced())
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.half {
            WriteHalf::Tcp(half) => half.as_ref().poll_write_ready(cx),
            WriteHalf::Unix(half) => half.as_ref().poll_write_ready(cx),
            WriteHalf::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Closes the sending side.
    pub(super) fn shutdown(&self) -> io::Result<()> {
        with!(&self.half, stream => socket2::SockRef::from(stream).shutdown(std::net::Shutdown::Write))
    }

    /// The last words of a connection that ends without a shutdown.
    pub(super) fn send_rest(&self) {
        let rest = self.rest();
        if rest.error.is_none() && rest.sent < rest.bytes.len() {
            // Nobody is left to hear of a failure.
            drop(with!(&self.half, stream => stream.try_write(&rest.bytes[rest.sent..])));
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.timers.is_due(Side::Write) {
            // A peer that does not read is reset: what it left in the kernel's buffer would stay there for minutes.
            drop(
                with!(&self.half, stream => socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))),
            );
        }
        // The halves would shut the stream down before it is closed: a system call for nothing.
        match std::mem::replace(&mut self.half, WriteHalf::Gone) {
            WriteHalf::Tcp(half) => half.forget(),
            WriteHalf::Unix(half) => half.forget(),
            WriteHalf::Gone => {}
        }
    }
}
