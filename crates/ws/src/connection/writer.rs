//! From messages to bytes, and the bytes that wait for the peer.

use super::masks::Masks;
use super::prepared::Prepared;
use super::transport::Transport;
use crate::deflate::Deflater;
use crate::frame::{Head, Opcode};
use crate::{Message, Role};
use bytes::{Buf, Bytes};
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// From this size on a payload is not copied on its way out.
const LARGE: usize = 16 * 1024;
/// Slices of one write.
const SLICES: usize = 16;
/// Bytes of one write: an HTTP/2 stream takes all it is given, whatever the peer's window.
const MOST: usize = 128 * 1024;
/// Capacity that the thread's buffer keeps.
const KEPT: usize = 64 * 1024;

thread_local! {
    /// A buffer for whichever socket of the thread has something to write: one that has not owns none.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// What was agreed on for messages that go out.
#[derive(Debug)]
pub(crate) struct Compressor {
    pub(crate) deflater: Deflater,
    pub(crate) min_size: usize,
    pub(crate) level: u32,
    pub(crate) window: u8,
    /// The peer keeps what it was sent, so that nothing that was compressed may be left out.
    pub(crate) takeover: bool,
}

#[derive(Debug)]
pub(crate) struct Writer {
    /// A client masks what it sends.
    masks: Option<Masks>,
    compressor: Option<Compressor>,
    /// What goes out before `out`: large payloads, and what was written before them.
    queue: VecDeque<Bytes>,
    /// Bytes in `queue`.
    queued: usize,
    out: Vec<u8>,
    /// Bytes of `out` that are gone already.
    sent: usize,
}

impl Writer {
    pub(crate) fn new(role: Role, compressor: Option<Compressor>) -> Self {
        let masks = (role == Role::Client).then(Masks::default);
        Self { masks, compressor, queue: VecDeque::new(), queued: 0, out: Vec::new(), sent: 0 }
    }

    /// Bytes that wait.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.queued + self.out.len() - self.sent
    }

    pub(crate) const fn is_compressed(&self) -> bool {
        self.compressor.is_some()
    }

    /// Adds a message.
    #[inline]
    pub(crate) fn message(&mut self, message: Message) {
        self.borrow();
        let opcode = if message.is_text() { Opcode::Text } else { Opcode::Binary };
        if self.compressor.as_ref().is_some_and(|compressor| message.len() >= compressor.min_size)
            && self.compressed(opcode, message.as_bytes())
        {
            return;
        }
        if message.len() >= LARGE && self.masks.is_none() {
            Head::write(&mut self.out, opcode, false, None, message.len());
            return self.append(message.into_bytes());
        }
        self.frame(opcode, false, message.as_bytes());
    }

    /// Adds a message that is sent to many sockets, of which each form was made once for all.
    pub(crate) fn prepared(&mut self, prepared: &Prepared) {
        self.borrow();
        if self.masks.is_some() {
            return self.message(prepared.message().clone());
        }
        let compressor = self.compressor.as_mut();
        let frame = match compressor.filter(|compressor| prepared.message().len() >= compressor.min_size) {
            Some(compressor) => {
                // The peer's dictionary now holds this message and ours does not: ours begins anew.
                compressor.deflater.forget();
                prepared.compressed(compressor.level, compressor.window)
            }
            None => prepared.plain(),
        };
        if frame.len() >= LARGE {
            self.append(frame.clone());
        } else {
            self.out.extend_from_slice(frame);
        }
    }

    /// Adds a control frame.
    pub(crate) fn control(&mut self, opcode: Opcode, payload: &[u8]) {
        self.frame(opcode, false, payload);
    }

    /// Takes the thread's buffer, if this socket has none.
    #[inline]
    fn borrow(&mut self) {
        if self.out.capacity() == 0 {
            self.out = SPARE.take();
        }
    }

    fn compressed(&mut self, opcode: Opcode, payload: &[u8]) -> bool {
        let Some(compressor) = &mut self.compressor else { return false };
        let takeover = compressor.takeover;
        let mut bytes = Vec::new();
        compressor.deflater.deflate(payload, &mut bytes);
        if bytes.len() >= payload.len() && !takeover {
            return false;
        }
        self.frame(opcode, true, &bytes);
        true
    }

    #[inline]
    fn frame(&mut self, opcode: Opcode, compressed: bool, payload: &[u8]) {
        let mask = self.masks.as_mut().map(Masks::next);
        Head::write(&mut self.out, opcode, compressed, mask, payload.len());
        let start = self.out.len();
        self.out.extend_from_slice(payload);
        if let Some(mut mask) = mask {
            mask.apply(&mut self.out[start..]);
        }
    }

    /// Adds bytes that are not copied.
    fn append(&mut self, bytes: Bytes) {
        let mut before = Bytes::from(std::mem::take(&mut self.out));
        before.advance(std::mem::take(&mut self.sent));
        self.queued += before.len() + bytes.len();
        self.queue.extend([before, bytes].into_iter().filter(|bytes| !bytes.is_empty()));
    }

    /// Writes until nothing waits. What the transport itself holds back is another matter: see [`AsyncWrite::poll_flush`].
    pub(crate) fn poll_write(&mut self, io: &mut Transport, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.len() > 0 {
            let written = ready!(self.poll_write_once(Pin::new(io), cx))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn poll_write_once(&self, io: Pin<&mut Transport>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.queue.is_empty() {
            let end = self.out.len().min(self.sent + MOST);
            return io.poll_write(cx, &self.out[self.sent..end]);
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let (mut used, mut room) = (0, MOST);
        let last = (self.out.len() > self.sent).then(|| &self.out[self.sent..]);
        for (slice, bytes) in slices.iter_mut().zip(self.queue.iter().map(|bytes| &bytes[..]).chain(last)) {
            let bytes = &bytes[..bytes.len().min(room)];
            *slice = IoSlice::new(bytes);
            room -= bytes.len();
            used += 1;
            if room == 0 {
                break;
            }
        }
        io.poll_write_vectored(cx, &slices[..used])
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(front) = self.queue.front_mut() {
            let part = written.min(front.len());
            front.advance(part);
            self.queued -= part;
            written -= part;
            if !front.is_empty() {
                return;
            }
            self.queue.pop_front();
        }
        self.sent += written;
        if self.sent == self.out.len() {
            self.sent = 0;
            self.out.clear();
            let spare = std::mem::take(&mut self.out);
            if spare.capacity() <= KEPT {
                SPARE.set(spare);
            }
            if self.queue.capacity() > 0 {
                self.queue = VecDeque::new();
            }
        }
    }
}
