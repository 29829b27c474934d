//! The end of a connection: the closing handshake, what a peer is told that has done wrong, and what is left to do for a
//! connection that nobody holds any more.

use super::transport::Transport;
use super::{Connection, State, Terms};
use crate::frame::Opcode;
use crate::metrics;
use crate::{CloseCode, CloseFrame, Error, Role, Utf8Bytes, WebSocketConfig};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::AsyncWrite;

impl Connection {
    pub(crate) fn start_close(&mut self, frame: &CloseFrame) {
        if self.state == State::Open {
            self.writer.control(Opcode::Close, &frame.payload());
            self.state = State::Closing;
            self.vigil.close(self.config.close_timeout);
            self.end_outbox();
        }
    }

    /// Throws away what comes until the connection is closed.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match ready!(self.poll_recv(cx)) {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Poll::Ready(()),
            }
        }
    }

    pub(super) fn peer_closes(&mut self, frame: CloseFrame) {
        if self.state == State::Open {
            let answer = CloseFrame { code: frame.code, reason: Utf8Bytes::new() };
            self.writer.control(Opcode::Close, &answer.payload());
        }
        self.peer_close = Some(frame);
        self.state = State::Leaving;
        self.vigil.close(self.config.close_timeout);
        self.end_outbox();
    }

    /// Says the last words, and ends the stream; the server ends it first (RFC 6455 §7.1.1).
    pub(super) fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.vigil.check(cx).is_some() {
            return Poll::Ready(());
        }
        match self.poll_write(cx) {
            Err(_) => return Poll::Ready(()),
            Ok(outcome) => ready!(outcome),
        }
        if self.role == Role::Client {
            return self.poll_discard(cx);
        }
        Pin::new(&mut self.io).poll_shutdown(cx).map(|_| ())
    }

    /// Says the last words to a peer that has done wrong, and reads on for a while: closing on unread bytes would reset the
    /// connection, and the peer would never learn why.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.vigil.check(cx).is_some() {
            return Poll::Ready(());
        }
        match self.poll_write(cx) {
            Err(_) => return Poll::Ready(()),
            Ok(outcome) => ready!(outcome),
        }
        if !self.shut {
            if ready!(Pin::new(&mut self.io).poll_shutdown(cx)).is_err() {
                return Poll::Ready(());
            }
            self.shut = true;
        }
        self.poll_discard(cx)
    }

    /// An error of writing, after which nothing more can be said.
    pub(super) fn failed(&mut self, error: Error, cx: &mut Context<'_>) -> Error {
        self.fail(&error, cx);
        error
    }

    pub(super) fn fail(&mut self, error: &Error, cx: &mut Context<'_>) {
        metrics::failed(error);
        let code = error.close_code().filter(|_| self.state == State::Open);
        let Some(code) = code else { return self.end() };
        self.start_close(&CloseFrame::new(code, Utf8Bytes::from_static(error.reason())));
        self.state = State::Failed;
        if self.poll_write(cx).is_err() {
            self.end();
        }
    }

    pub(super) fn end(&mut self) {
        self.state = State::Ended;
        self.end_outbox();
        self.goodbye = None;
        self.open = None;
        self.held = Vec::new();
        self.used = 0;
    }

    fn end_outbox(&self) {
        if let Some(outbox) = &self.outbox {
            outbox.end();
        }
    }

    /// What is left to do for a connection that nobody holds any more.
    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.state {
            State::Failed => self.poll_linger(cx),
            _ => self.poll_close(cx),
        }
    }

    fn start_last_close(&mut self, panicking: bool) {
        let failed = panicking || self.failed.as_ref().is_some_and(|failed| failed.load(Relaxed));
        let code = if failed { CloseCode::INTERNAL_ERROR } else { CloseCode::NORMAL };
        self.start_close(&CloseFrame::new(code, ""));
    }

    /// A connection that is over.
    pub(super) fn over(role: Role, config: Arc<WebSocketConfig>) -> Self {
        let mut over = Self::new(Transport::Other(Box::new(tokio::io::empty())), Terms::new(role, config));
        over.end();
        over
    }
}

/// A connection that is dropped is closed in the background, where there is a runtime: with 1000, or with 1011 when its
/// handler fails or panics.
impl Drop for Connection {
    fn drop(&mut self) {
        if self.state == State::Ended || self.dropped {
            return;
        }
        let panicking = std::thread::panicking();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let over = Self::over(self.role, Arc::clone(&self.config));
            let mut connection = std::mem::replace(self, over);
            connection.dropped = true;
            drop(runtime.spawn(async move {
                // The handler has ended by now, if it was its end that dropped the connection.
                connection.start_last_close(panicking);
                poll_fn(|cx| connection.poll_finish(cx)).await;
            }));
        } else {
            self.start_last_close(panicking);
            // Nobody is left to hear of a failure.
            drop(self.poll_write(&mut Context::from_waker(Waker::noop())));
        }
    }
}
