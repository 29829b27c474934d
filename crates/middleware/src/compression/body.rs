//! [`CompressedBody`]: compresses a body as it comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use hyperserve_core::{Body, BodyError};

use super::encoder::Step;
use super::pool::Lent;

/// Bytes given out at once, at most.
const ROOM: usize = 16 * 1024;

/// Bytes compressed at once, at most.
const PIECE: usize = 32 * 1024;

/// Bytes compressed before the other tasks of the thread get their turn: a millisecond, or two with Brotli.
const TURN: usize = 64 * 1024;

type Polled = Poll<Option<Result<Frame<Bytes>, BodyError>>>;

/// A body that holds the encoder, a piece of input and a block of output, however long it is.
///
/// What has come is flushed whenever no more is ready, so nothing that was sent waits for what was not.
pub(super) struct CompressedBody {
    source: Body,
    input: Bytes,
    /// Gone once the content has ended.
    encoder: Option<Lent>,
    output: Vec<u8>,
    phase: Phase,
    /// The encoder has taken what it may not have given.
    unflushed: bool,
    /// Bytes compressed since the last wait.
    worked: usize,
    trailers: Option<HeaderMap>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Reading,
    Flushing,
    Finishing,
    Ended,
    /// Nothing is compressed: the input, then the source as it is.
    Plain,
}

impl CompressedBody {
    /// `first` was taken out of `source` before.
    pub(super) const fn new(first: Bytes, source: Body, encoder: Lent) -> Self {
        Self {
            source,
            input: first,
            encoder: Some(encoder),
            output: Vec::new(),
            phase: Phase::Reading,
            unflushed: false,
            worked: 0,
            trailers: None,
        }
    }

    /// The content as it is, after all.
    pub(super) const fn plain(first: Bytes, source: Body) -> Self {
        Self {
            source,
            input: first,
            encoder: None,
            output: Vec::new(),
            phase: Phase::Plain,
            unflushed: false,
            worked: 0,
            trailers: None,
        }
    }

    fn poll_plain(&mut self, cx: &mut Context<'_>) -> Polled {
        if self.input.is_empty() {
            return Pin::new(&mut self.source).poll_frame(cx);
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.input)))))
    }

    /// Asks for more input, if there is need of it.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        match Pin::new(&mut self.source).poll_frame(cx) {
            Poll::Pending if self.unflushed => self.phase = Phase::Flushing,
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => self.phase = Phase::Finishing,
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => self.input = data,
                Err(frame) => {
                    self.trailers = frame.into_trailers().ok();
                    self.phase = Phase::Finishing;
                }
            },
        }
        Poll::Ready(Ok(()))
    }

    /// Runs the encoder once. True if what is there now is to go out.
    fn encode(&mut self, step: Step) -> io::Result<bool> {
        self.output.reserve_exact(ROOM.saturating_sub(self.output.len()));
        let piece = &self.input[..self.input.len().min(PIECE)];
        let encoder = self.encoder.as_mut().and_then(Lent::get).ok_or(io::ErrorKind::NotFound)?;
        let progress = encoder.run(piece, &mut self.output, step)?;
        self.worked += progress.read;
        self.unflushed |= progress.read > 0;
        self.input.advance(progress.read);
        if progress.done && step != Step::Process {
            self.unflushed = false;
            self.phase = if step == Step::Finish { Phase::Ended } else { Phase::Reading };
            return Ok(true);
        }
        Ok(self.output.len() >= ROOM)
    }

    /// Bytes for the client; a block that is mostly empty is not given away with its room.
    fn block(&mut self) -> Bytes {
        if self.output.len() < ROOM / 4 && self.phase != Phase::Ended {
            let block = Bytes::copy_from_slice(&self.output);
            self.output.clear();
            return block;
        }
        let mut block = std::mem::take(&mut self.output);
        if block.len() < ROOM / 2 {
            block.shrink_to_fit();
        }
        block.into()
    }

    fn fail(&mut self, error: BodyError) -> Polled {
        self.phase = Phase::Ended;
        self.encoder = None;
        self.trailers = None;
        Poll::Ready(Some(Err(error)))
    }

    fn end(&mut self) -> Polled {
        self.encoder = None;
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }
}

impl HttpBody for CompressedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = &mut *self;
        loop {
            if this.worked >= TURN && this.phase != Phase::Ended {
                this.worked = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let step = match this.phase {
                Phase::Plain => return this.poll_plain(cx),
                Phase::Ended => return this.end(),
                Phase::Reading if this.input.is_empty() => match this.read(cx) {
                    Poll::Ready(Ok(())) => continue,
                    Poll::Ready(Err(error)) => return this.fail(error),
                    Poll::Pending => {
                        this.worked = 0;
                        return Poll::Pending;
                    }
                },
                Phase::Reading => Step::Process,
                Phase::Flushing => Step::Flush,
                Phase::Finishing => Step::Finish,
            };
            match this.encode(step) {
                Ok(true) if !this.output.is_empty() => {
                    return Poll::Ready(Some(Ok(Frame::data(this.block()))));
                }
                Ok(_) => {}
                Err(error) => return this.fail(BodyError::new(error)),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self.phase {
            Phase::Ended => self.trailers.is_none(),
            Phase::Plain => self.input.is_empty() && self.source.is_end_stream(),
            Phase::Reading | Phase::Flushing | Phase::Finishing => false,
        }
    }
}

#[cfg(test)]
pub(super) mod script;
#[cfg(test)]
mod tests;
