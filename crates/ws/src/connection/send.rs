//! Sending: what waits to be written, how much of it may, and for how long.

use super::alarm::Alarm;
use super::outbox::{Item, Taken};
use super::{Connection, State};
use crate::frame::{MAX_CONTROL, Opcode};
use crate::{Error, Message};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

impl Connection {
    /// Moves what other tasks want sent into the write buffer, as far as there is room. Whether there may be more; if not, the
    /// task is woken when there is.
    pub(super) fn take_outbox(&mut self, cx: &Context<'_>) -> bool {
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

    pub(super) fn has_room(&self) -> bool {
        self.writer.len() < self.config.write_buffer
    }

    /// Whether anything waits to be written or flushed.
    #[inline]
    pub(super) fn has_output(&self) -> bool {
        self.unflushed || self.ping.is_some() || self.writer.len() > 0
    }

    /// Writes and flushes. An error is one of this end's: the transport's, or that the peer does not read.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Error> {
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
}
