//! A connection that has become a WebSocket: the state that its handles share, and everything that is polled.

mod alarm;
mod assembly;
mod closing;
mod coders;
mod goodbye;
mod input;
mod masks;
mod outbox;
mod prepared;
mod reader;
mod send;
mod transport;
mod vigil;
mod writer;

pub(crate) use self::goodbye::Goodbye;
pub(crate) use self::outbox::{Item, Outbox, Put};
pub(crate) use self::prepared::Prepared;
pub(crate) use self::transport::Transport;

use self::alarm::Alarm;
use self::coders::coders;
use self::reader::{Event, Reader};
use self::vigil::{Call, Vigil};
use self::writer::Writer;
use crate::frame::Opcode;
use crate::metrics::{self, Open};
use crate::{CloseCode, CloseFrame, Error, Message, Role, WebSocketConfig};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, ready};
use std::time::Duration;

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
}

#[cfg(test)]
mod tests;
