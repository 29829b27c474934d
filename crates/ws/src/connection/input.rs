//! Reading: through a buffer of the thread's, or straight into a large message.

use super::Connection;
use super::reader::{Event, Input};
use crate::Error;
use crate::frame::MAX_HEAD;
use bytes::BufMut;
use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

/// The least that one read takes.
const LEAST: usize = 4 * 1024;
/// From this much on, the rest of a frame is read to where it belongs.
const BULK: u64 = 16 * 1024;
/// Room that is made at once for what is still to come.
const STEP: usize = 64 * 1024;

thread_local! {
    /// Taken while it is used: a transport may be a WebSocket itself.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Connection {
    /// The next event; `None` at the end of the stream.
    #[inline]
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Result<Poll<Option<Event>>, Error> {
        if self.used < self.held.len() {
            let mut input = Input { bytes: &mut self.held, at: self.used };
            let event = self.reader.next(&mut input)?;
            self.used = input.at;
            if self.used == self.held.len() {
                self.held = Vec::new();
                self.used = 0;
            }
            if event.is_some() {
                return Ok(Poll::Ready(event));
            }
        }
        loop {
            let progress = if self.is_bulky() { self.poll_bulk(cx)? } else { self.poll_through_buffer(cx)? };
            match progress {
                Poll::Ready(Progress::Bytes) => self.vigil.heard(),
                Poll::Ready(Progress::Event(event)) => {
                    self.vigil.heard();
                    return Ok(Poll::Ready(Some(event)));
                }
                Poll::Ready(Progress::End) => return Ok(Poll::Ready(None)),
                Poll::Pending => return Ok(Poll::Pending),
            }
        }
    }

    fn is_bulky(&mut self) -> bool {
        self.held.is_empty() && self.reader.bulk().is_some_and(|(_, remaining)| remaining >= BULK)
    }

    /// Reads the rest of a frame to where it belongs, and the next head along with it.
    fn poll_bulk(&mut self, cx: &mut Context<'_>) -> Result<Poll<Progress>, Error> {
        let Some((buffer, remaining)) = self.reader.bulk() else { return Ok(Poll::Pending) };
        let remaining = usize::try_from(remaining).unwrap_or(usize::MAX);
        let from = buffer.len();
        if buffer.capacity() == from {
            buffer.reserve_exact(remaining.min(from.max(STEP)).saturating_add(MAX_HEAD));
        }
        let most = remaining.saturating_add(MAX_HEAD);
        let Poll::Ready(read) = pin!(self.io.read_buf(&mut buffer.limit(most))).poll(cx)? else {
            return Ok(Poll::Pending);
        };
        if read == 0 {
            return Ok(Poll::Ready(Progress::End));
        }
        if read > remaining {
            self.held = buffer.split_off(from + remaining);
        }
        Ok(Poll::Ready(self.reader.filled(from)?.map_or(Progress::Bytes, Progress::Event)))
    }

    #[inline]
    fn poll_through_buffer(&mut self, cx: &mut Context<'_>) -> Result<Poll<Progress>, Error> {
        let mut buffer = BUFFER.take();
        // Of a large frame the head is enough: the rest is then read to where it belongs.
        let size = if self.reader.last() >= BULK { LEAST } else { self.config.read_buffer.max(LEAST) };
        if buffer.len() < size {
            buffer.resize(size, 0);
        }
        let outcome = self.poll_into(&mut buffer[..size], cx);
        BUFFER.set(buffer);
        outcome
    }

    /// What is held, the beginning of a frame, comes first in `buffer`; what is left of it afterwards is held again.
    fn poll_into(&mut self, buffer: &mut [u8], cx: &mut Context<'_>) -> Result<Poll<Progress>, Error> {
        let held = self.held.len() - self.used;
        let mut read = ReadBuf::new(&mut buffer[held..]);
        if Pin::new(&mut self.io).poll_read(cx, &mut read)?.is_pending() {
            return Ok(Poll::Pending);
        }
        let len = read.filled().len();
        if len == 0 {
            return Ok(Poll::Ready(Progress::End));
        }
        buffer[..held].copy_from_slice(&self.held[self.used..]);
        let mut input = Input { bytes: &mut buffer[..held + len], at: 0 };
        let event = self.reader.next(&mut input)?;
        if held > 0 || input.at < input.bytes.len() {
            self.held = input.bytes[input.at..].to_vec();
            self.used = 0;
        }
        Ok(Poll::Ready(event.map_or(Progress::Bytes, Progress::Event)))
    }

    /// Reads to the end of the stream, and throws it away.
    pub(super) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut buffer = BUFFER.take();
        buffer.resize(buffer.len().max(LEAST), 0);
        let outcome = loop {
            let mut read = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.io).poll_read(cx, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {}
                Poll::Ready(_) => break Poll::Ready(()),
                Poll::Pending => break Poll::Pending,
            }
        };
        BUFFER.set(buffer);
        outcome
    }
}

/// What a read has brought.
enum Progress {
    Bytes,
    Event(Event),
    End,
}
