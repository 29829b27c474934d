//! A connection that has become a WebSocket: the state that its handles share, and everything that is polled.

mod alarm;
mod assembly;
mod coders;
mod goodbye;
mod input;
mod masks;
mod outbox;
mod prepared;
mod reader;
mod transport;
mod vigil;
mod writer;

pub(crate) use self::goodbye::Goodbye;
pub(crate) use self::outbox::{Item, Outbox, Put};
pub(crate) use self::prepared::Prepared;
pub(crate) use self::transport::Transport;

use self::alarm::Alarm;
use self::coders::coders;
use self::outbox::Taken;
use self::reader::{Event, Reader};
use self::vigil::{Call, Vigil};
use self::writer::Writer;
use crate::frame::{MAX_CONTROL, Opcode};
use crate::metrics::{self, Open};
use crate::{CloseCode, CloseFrame, Error, Message, Role, Utf8Bytes, WebSocketConfig};
use bytes::Bytes;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::AsyncWrite;

/// How far the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// Our Close is on its way; the peer's is awaited, and messages until then.
    Closing,
    /// Both Close frames are there; what waits is written, and the stream ends.
    Leaving,
    /// The peer has done wrong and is told so; what it still sends is thrown away.
    Failed,
    Ended,
}

#[derive(Debug)]
pub(crate) struct Connection {
    io: Transport,
    role: Role,
    reader: Reader,
    writer: Writer,
    /// Bytes that have come and are not used yet: those of `held` from `used` on.
    held: Vec<u8>,
    used: usize,
    config: Arc<WebSocketConfig>,
    state: State,
    /// The transport may hold bytes back.
    unflushed: bool,
    /// The sending side of the transport is shut down.
    shut: bool,
    /// A ping that is to be answered; a later one takes its place (RFC 6455 §5.5.3).
    ping: Option<Bytes>,
    /// How much waited when writing began to stall, and until when it may.
    stall: Option<(usize, Alarm)>,
    vigil: Vigil,
    peer_close: Option<CloseFrame>,
    outbox: Option<Arc<Outbox>>,
    goodbye: Option<Goodbye>,
    /// Dropped before, so that the last words are being said already.
    dropped: bool,
    /// Whether the handler that had the connection failed.
    failed: Option<Arc<AtomicBool>>,
    /// Counts the socket as open; `None` once it has ended.
    open: Option<Open>,
}

/// What the handshake has agreed on.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) role: Role,
    pub(crate) config: Arc<WebSocketConfig>,
    pub(crate) agreed: Option<crate::deflate::Agreed>,
    pub(crate) goodbye: Option<Goodbye>,
    /// Set once the handler that had the connection has failed.
    pub(crate) failed: Option<Arc<AtomicBool>>,
}

impl Terms {
    /// Nothing but what every connection has.
    pub(crate) const fn new(role: Role, config: Arc<WebSocketConfig>) -> Self {
        Self { role, config, agreed: None, goodbye: None, failed: None }
    }
}

impl Connection {
    pub(crate) fn new(io: Transport, terms: Terms) -> Self {
        let Terms { role, config, agreed, goodbye, failed } = terms;
        let (inflater, compressor) = agreed.map(|agreed| coders(agreed, role, &config)).unzip();
        Self {
            io,
            role,
            reader: Reader::new(role, &config, inflater),
            writer: Writer::new(role, compressor),
            held: Vec::new(),
            used: 0,
            vigil: Vigil::new(&config),
            config,
            state: State::Open,
            unflushed: false,
            shut: false,
            ping: None,
            stall: None,
            peer_close: None,
            outbox: None,
            goodbye,
            dropped: false,
            failed,
            open: None,
        }
    }

    /// Counts the connection as open.
    pub(crate) fn count(&mut self) {
        self.open = Some(Open::new());
    }

    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    pub(crate) const fn is_compressed(&self) -> bool {
        self.writer.is_compressed()
    }

    pub(crate) const fn peer_close(&self) -> Option<&CloseFrame> {
        self.peer_close.as_ref()
    }

    pub(crate) const fn latency(&self) -> Option<Duration> {
        self.vigil.latency()
    }

    pub(crate) fn outbox(&mut self) -> &Arc<Outbox> {
        let (capacity, is_open) = (self.config.queue, self.is_open());
        self.outbox.get_or_insert_with(|| {
            let outbox = Outbox::new(capacity);
            if !is_open {
                outbox.end();
            }
            outbox
        })
    }

    /// The next message; `None` when the connection was closed in good order, and for ever after an error.
    #[inline]
    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        if matches!(self.state, State::Ended | State::Failed) {
            return Poll::Ready(None);
        }
        match ready!(self.poll_message(cx)) {
            Ok(Some(message)) => Poll::Ready(Some(Ok(message))),
            Ok(None) => {
                self.end();
                Poll::Ready(None)
            }
            Err(error) => {
                self.fail(&error, cx);
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>, Error>> {
        loop {
            if self.state == State::Leaving {
                return self.poll_leave(cx).map(|()| Ok(None));
            }
            if self.state == State::Open && self.goodbye.as_mut().is_some_and(|goodbye| goodbye.is_due(cx)) {
                metrics::goes_away();
                self.start_close(&CloseFrame::new(CloseCode::GOING_AWAY, "the server is going down"));
            }
            let more = self.take_outbox(cx);
            if self.has_output() {
                // Whether all is written does not matter here; that it stalls for too long does.
                let _ = self.poll_write(cx)?;
                if (more || self.ping.is_some()) && self.has_room() {
                    continue;
                }
            }
            match self.poll_event(cx)? {
                Poll::Ready(Some(Event::Message(message))) => {
                    self.vigil.message();
                    return Poll::Ready(Ok(Some(message)));
                }
                Poll::Ready(Some(Event::Ping(payload))) => self.ping = Some(payload),
                Poll::Ready(Some(Event::Pong(payload))) => self.vigil.pong(&payload),
                Poll::Ready(Some(Event::Close(frame))) => self.peer_closes(frame),
                Poll::Ready(None) if self.state == State::Closing => return Poll::Ready(Ok(None)),
                Poll::Ready(None) => return Poll::Ready(Err(Error::Lost)),
                Poll::Pending => match self.vigil.check(cx) {
                    None => return Poll::Pending,
                    Some(Call::Ping(payload)) => self.writer.control(Opcode::Ping, &payload),
                    Some(Call::Lost) => return Poll::Ready(Err(Error::PingTimeout)),
                    Some(Call::Idle) => return Poll::Ready(Err(Error::IdleTimeout)),
                    Some(Call::Leave) => return Poll::Ready(Ok(None)),
                },
            }
        }
    }

    /// Moves what other tasks want sent into the write buffer, as far as there is room. Whether there may be more; if not, the
    /// task is woken when there is.
    fn take_outbox(&mut self, cx: &Context<'_>) -> bool {
        let Some(outbox) = &self.outbox else { return false };
        while self.state == State::Open {
            if !self.has_room() {
                return true;
            }
            match outbox.take(cx) {
                Taken::Item(Item::Message(message)) => self.writer.message(message),
                Taken::Item(Item::Prepared(prepared)) => self.writer.prepared(&prepared),
                Taken::Close(frame) => {
                    self.start_close(&frame);
                    return false;
                }
                Taken::Nothing => return false,
            }
            self.vigil.message();
        }
        false
    }

    fn has_room(&self) -> bool {
        self.writer.len() < self.config.write_buffer
    }

    /// Whether anything waits to be written or flushed.
    #[inline]
    fn has_output(&self) -> bool {
        self.unflushed || self.ping.is_some() || self.writer.len() > 0
    }

    /// Writes and flushes. An error is one of this end's: the transport's, or that the peer does not read.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Error> {
        if self.has_room()
            && let Some(payload) = self.ping.take()
        {
            self.writer.control(Opcode::Pong, &payload);
        }
        self.unflushed = true;
        let outcome = match self.writer.poll_write(&mut self.io, cx)? {
            Poll::Ready(()) => Pin::new(&mut self.io).poll_flush(cx)?,
            Poll::Pending => Poll::Pending,
        };
        if outcome.is_ready() {
            self.unflushed = false;
            self.stall = None;
            return Ok(outcome);
        }
        self.watch_stall(cx)?;
        Ok(outcome)
    }

    fn watch_stall(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        let waiting = self.writer.len();
        if self.stall.as_ref().is_none_or(|(before, _)| *before > waiting) {
            self.stall = Alarm::after(self.config.write_timeout).map(|alarm| (waiting, alarm));
        }
        match &mut self.stall {
            // More may have been added; only less is progress.
            Some((before, alarm)) => {
                *before = (*before).max(waiting);
                if alarm.is_due(cx) { Err(Error::WriteTimeout) } else { Ok(()) }
            }
            None => Ok(()),
        }
    }

    /// Waits until another message may be added.
    #[inline]
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.state != State::Open {
            return Poll::Ready(Err(Error::Closed));
        }
        if !self.has_room() {
            match self.poll_write(cx) {
                Ok(_) if self.has_room() => {}
                Ok(_) => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(self.failed(error, cx))),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Adds a message to what waits to be written.
    #[inline]
    pub(crate) fn start_send(&mut self, message: Message) -> Result<(), Error> {
        if self.state != State::Open {
            return Err(Error::Closed);
        }
        self.vigil.message();
        self.writer.message(message);
        Ok(())
    }

    pub(crate) fn start_ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        if self.state != State::Open {
            return Err(Error::Closed);
        }
        self.writer.control(Opcode::Ping, &payload[..payload.len().min(MAX_CONTROL)]);
        Ok(())
    }

    #[inline]
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if !self.has_output() {
            return Poll::Ready(Ok(()));
        }
        match self.poll_write(cx) {
            Ok(outcome) => outcome.map(Ok),
            Err(error) => Poll::Ready(Err(self.failed(error, cx))),
        }
    }

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

    fn peer_closes(&mut self, frame: CloseFrame) {
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
    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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
    fn failed(&mut self, error: Error, cx: &mut Context<'_>) -> Error {
        self.fail(&error, cx);
        error
    }

    fn fail(&mut self, error: &Error, cx: &mut Context<'_>) {
        metrics::failed(error);
        let code = error.close_code().filter(|_| self.state == State::Open);
        let Some(code) = code else { return self.end() };
        self.start_close(&CloseFrame::new(code, Utf8Bytes::from_static(error.reason())));
        self.state = State::Failed;
        if self.poll_write(cx).is_err() {
            self.end();
        }
    }

    fn end(&mut self) {
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
    fn over(role: Role, config: Arc<WebSocketConfig>) -> Self {
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

#[cfg(test)]
mod tests;
