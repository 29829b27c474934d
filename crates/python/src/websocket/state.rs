//! What the lock of a WebSocket guards. Nothing here runs Python code.

use super::departure::Departure;
use super::live::Live;
use crate::asgi::Denial;
use hyperserve_core::{Body, Response, Shutdown};
use hyperserve_ws::{CloseFrame, Error, Message, WebSocketUpgrade};
use pyo3::prelude::*;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Bytes that may wait for a socket that is still being opened before `send` waits too.
const EARLY: usize = 64 * 1024;
/// Messages that an application may receive without a pause: then others have their turn.
const BUDGET: u32 = 32;

/// How far the application has come.
#[derive(Debug)]
pub(super) enum Phase {
    /// It has neither accepted nor denied.
    Asked(Box<WebSocketUpgrade>),
    /// It answers with a response of its own.
    Denying(Arc<Denial>),
    /// It has accepted.
    Accepted,
    /// It has closed, or refused.
    Closed,
    /// It did not get to answer.
    Over,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// `websocket.connect` has been received.
    pub(super) is_announced: bool,
    /// The handshake's answer, for the server.
    pub(super) answer: Option<Response<Body>>,
    /// Who waits for it.
    pub(super) server: Option<Waker>,
    live: Option<Live>,
    /// What was sent while the connection was still becoming a socket.
    early: Early,
    /// A message that was read ahead. Nothing is read behind it: what the application has not heard of, the client has
    /// not been answered either, a Close frame above all (RFC 6455 §5.5.1).
    held: Option<Message>,
    /// Whatever comes wakes the task: there is nothing to read until then.
    is_awaiting: bool,
    /// Messages that may be read before the task has a turn.
    budget: u32,
    /// How it ended: what is received from now on.
    pub(super) departure: Option<Departure>,
    /// What was sent is more than may wait.
    is_blocked: bool,
    shutdown: Shutdown,
    /// Futures of those who wait in `receive` and in `send`.
    pub(super) receivers: Vec<Py<PyAny>>,
    pub(super) senders: Vec<Py<PyAny>>,
}

#[derive(Debug, Default)]
struct Early {
    messages: Vec<Message>,
    bytes: usize,
    close: Option<CloseFrame>,
}

/// What is sent has nowhere to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gone;

impl State {
    pub(super) fn new(upgrade: WebSocketUpgrade, shutdown: Shutdown) -> Self {
        Self {
            phase: Phase::Asked(Box::new(upgrade)),
            is_announced: false,
            answer: None,
            server: None,
            live: None,
            early: Early::default(),
            held: None,
            is_awaiting: false,
            budget: 0,
            departure: None,
            is_blocked: false,
            shutdown,
            receivers: Vec::new(),
            senders: Vec::new(),
        }
    }

    /// Answers the handshake; whom to wake is returned.
    #[must_use]
    pub(super) fn respond(&mut self, answer: Response<Body>) -> Option<Waker> {
        self.answer = Some(answer);
        self.server.take()
    }

    /// The connection has become a socket: what was sent until now goes out.
    pub(super) fn open(&mut self, mut live: Live) {
        let early = std::mem::take(&mut self.early);
        let failed = early.messages.into_iter().find_map(|message| live.feed(message).err());
        if let Some(frame) = early.close {
            live.close(frame);
        }
        self.live = Some(live);
        if let Some(error) = failed {
            self.depart((&error).into());
        }
    }

    /// What counts is the first end.
    pub(super) fn depart(&mut self, departure: Departure) {
        self.departure.get_or_insert(departure);
    }

    /// There is no socket any more, or never will be.
    pub(super) fn lose(&mut self) {
        if matches!(self.phase, Phase::Asked(_)) {
            self.phase = Phase::Over;
        }
        self.depart(Departure::lost());
        self.live = None;
    }

    /// Sends a message. True when there is room for more.
    pub(super) fn send(&mut self, message: Message) -> Result<bool, Gone> {
        if self.departure.is_some() {
            return Err(Gone);
        }
        let Some(live) = &mut self.live else {
            self.early.bytes += message.len();
            self.early.messages.push(message);
            self.is_blocked = self.early.bytes > EARLY;
            return Ok(!self.is_blocked);
        };
        match live.feed(message).map(|()| live.poll_room()) {
            Ok(Poll::Ready(Ok(()))) => Ok(true),
            Ok(Poll::Pending) => {
                self.is_blocked = true;
                Ok(false)
            }
            Ok(Poll::Ready(Err(error))) | Err(error) => {
                self.fail(&error);
                Err(Gone)
            }
        }
    }

    /// Closes behind what was sent.
    pub(super) fn close(&mut self, frame: CloseFrame) {
        self.depart(Departure::new(frame.code, frame.reason.clone()));
        self.phase = Phase::Closed;
        match &mut self.live {
            Some(live) => live.close(frame),
            None => self.early.close = Some(frame),
        }
    }

    /// Whether those who send may go on.
    pub(super) fn has_room(&self) -> Result<bool, Gone> {
        match (&self.departure, &self.phase) {
            (Some(_), Phase::Accepted | Phase::Over) => Err(Gone),
            (Some(_), _) => Ok(true),
            (None, _) => Ok(!self.is_blocked),
        }
    }

    /// The next message, if it is on this side of the connection.
    pub(super) fn next(&mut self) -> Option<Message> {
        if let Some(message) = self.held.take() {
            // The task reads on after this step of the application's, which may answer before a Close frame is heard.
            self.wake();
            return Some(message);
        }
        if self.is_awaiting || self.departure.is_some() {
            return None;
        }
        if self.budget == 0 {
            self.wake();
            return None;
        }
        self.budget -= 1;
        match self.poll_message() {
            Poll::Ready(Some(message)) => Some(message),
            Poll::Ready(None) => {
                self.wake();
                None
            }
            Poll::Pending => None,
        }
    }

    fn wake(&self) {
        if let Some(live) = &self.live {
            live.wake();
        }
    }

    /// Reads a message; `None` once there is no more, which has been noted.
    fn poll_message(&mut self) -> Poll<Option<Message>> {
        let Some(live) = &mut self.live else { return Poll::Ready(None) };
        let event = live.poll_recv();
        self.is_awaiting = event.is_pending();
        let departure = match event {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(message))) => return Poll::Ready(Some(message)),
            Poll::Ready(Some(Err(error))) => (&error).into(),
            Poll::Ready(None) => Departure::closed(live.close_frame(), self.shutdown.is_triggered()),
        };
        self.depart(departure);
        Poll::Ready(None)
    }

    /// For the socket's task: writes what waits, and reads one message ahead. Ready when the socket is no more.
    pub(super) fn advance(&mut self, cx: &Context<'_>) -> Poll<()> {
        let Some(live) = &mut self.live else { return Poll::Ready(()) };
        live.know(cx);
        self.budget = BUDGET;
        let ended = self.poll_read();
        if ended.is_ready() {
            self.live = None;
        } else if self.is_blocked {
            self.unblock();
        }
        ended
    }

    fn poll_read(&mut self) -> Poll<()> {
        loop {
            let is_wanted = self.departure.is_none() && self.held.is_none();
            // A socket that is being closed is read to its end; what comes then is thrown away.
            if !is_wanted && self.departure.is_none() && !self.shutdown.is_triggered() {
                self.write();
                return Poll::Pending;
            }
            match self.poll_message() {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Ready(Some(message)) if is_wanted => self.held = Some(message),
                Poll::Ready(Some(_)) => {}
            }
        }
    }

    fn write(&mut self) {
        if let Some(Poll::Ready(Err(error))) = self.live.as_mut().map(Live::poll_room) {
            self.fail(&error);
        }
    }

    fn unblock(&mut self) {
        let room = self.live.as_mut().map(Live::poll_room);
        match room {
            Some(Poll::Pending) => {}
            Some(Poll::Ready(Err(error))) => self.fail(&error),
            Some(Poll::Ready(Ok(()))) | None => self.is_blocked = false,
        }
    }

    /// Writing failed: the task comes to see the end.
    fn fail(&mut self, error: &Error) {
        if let Some(live) = &self.live {
            // Sending on a socket that is closing says nothing of why it is.
            if !matches!(error, Error::Closed) {
                self.departure.get_or_insert(error.into());
            }
            live.wake();
        }
    }

    /// Futures of those who can go on.
    pub(super) fn released(&mut self) -> Vec<Py<PyAny>> {
        let has_ended = self.departure.is_some();
        let mut released = Vec::new();
        if has_ended || self.held.is_some() {
            released = std::mem::take(&mut self.receivers);
        }
        if has_ended || !self.is_blocked {
            released.append(&mut self.senders);
        }
        released
    }
}
