//! The write side's deadline: a peer that does not read is cut.

use super::clock;
use super::link::Link;
use super::rate::Rate;
use super::timers::Side;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Fails writes that have made no progress for `write_stall_timeout`, and everything once the connection is cut.
#[derive(Debug)]
pub(crate) struct Stall<T> {
    io: T,
    link: Arc<Link>,
    /// How fast the peer takes what it is sent.
    rate: Rate,
    /// The task that a cut wakes, once the connection is a tunnel.
    owner: Option<Waker>,
}

impl<T> Stall<T> {
    pub(crate) fn new(io: T, link: Arc<Link>) -> Self {
        Self { io, link, rate: Rate::default(), owner: None }
    }

    /// Notes whether a write made progress.
    fn watch<R>(&mut self, cx: &Context<'_>, outcome: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        let timers = &self.link.timers;
        if outcome.is_ready() {
            if timers.is_set(Side::Write) {
                self.rate.progress(clock::now(), 0);
                timers.clear(Side::Write);
            }
            return outcome;
        }
        if self.link.is_tunnel() {
            self.own(cx);
            return self.unless_cut(Poll::Pending);
        }
        if !timers.is_set(Side::Write) {
            let limits = &self.link.scope.limits;
            let allowed = self.rate.wait(clock::now(), limits.write_stall_timeout, limits.write_min_rate);
            self.link.arm(Side::Write, allowed.unwrap_or_default());
        } else if timers.is_due(Side::Write) {
            self.link.scope.metrics.write_stalled();
            return Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the peer does not read")));
        }
        outcome
    }

    fn count(&mut self, outcome: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(n)) = outcome {
            self.link.scope.metrics.sent(*n, self.link.is_tunnel());
            let now = if self.link.timers.is_set(Side::Write) { clock::now() } else { 0 };
            self.rate.progress(now, *n);
        }
    }

    /// Remembers whom a cut wakes; most of the time it is the same task as before.
    fn own(&mut self, cx: &Context<'_>) {
        if self.owner.as_ref().is_none_or(|owner| !owner.will_wake(cx.waker())) {
            self.owner = Some(cx.waker().clone());
            self.link.register(cx);
        }
    }

    /// An upgraded connection lives in the application's task, where only its own reads and writes can end it.
    fn unless_cut<R>(&self, outcome: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if outcome.is_pending() && self.link.scope.drain.is_cutting() {
            return Poll::Ready(Err(io::Error::new(
                ErrorKind::ConnectionAborted,
                "the server is shutting down",
            )));
        }
        outcome
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Stall<T> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.io).poll_read(cx, buf);
        if outcome.is_ready() {
            self.link.scope.metrics.received(buf.filled().len() - before, self.link.is_tunnel());
        }
        if outcome.is_pending() && self.link.is_tunnel() {
            self.own(cx);
            return self.unless_cut(outcome);
        }
        outcome
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stall<T> {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.count(&outcome);
        self.watch(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.count(&outcome);
        self.watch(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_flush(cx);
        self.watch(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_shutdown(cx);
        self.watch(cx, outcome)
    }
}
