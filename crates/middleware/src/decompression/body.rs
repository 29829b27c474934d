//! [`DecodedBody`]: takes one coding off a body as it is read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use hyperserve_core::{Body, BodyError};

use super::Coding;
use super::decoder::Decoder;
use super::meter::{Fault, How, Meter};

/// Bytes decoded at once, at most: how far a bomb gets beyond its limit.
const ROOM: usize = 32 * 1024;

/// Bytes taken at once, at most.
const PIECE: usize = 64 * 1024;

/// Runs of the decoder before the other tasks of the thread get their turn: a millisecond or so.
const TURN: u32 = 8;

type Polled = Poll<Option<Result<Frame<Bytes>, BodyError>>>;

pub(super) struct DecodedBody {
    source: Body,
    coding: Coding,
    decoder: Decoder,
    meter: Arc<Meter>,
    /// The source is what came over the wire, not another stage.
    is_wire: bool,
    input: Bytes,
    given: u64,
    /// The last run filled its output, so there may be more without input.
    is_full: bool,
    /// There was any input at all.
    has_begun: bool,
    /// The content may end here.
    is_over: bool,
    /// What had been given when it could have ended last.
    ended_at: Option<u64>,
    runs: u32,
    trailers: Option<HeaderMap>,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Reading,
    /// The source has ended; what the decoder holds is to come.
    Draining,
    Ended,
}

impl DecodedBody {
    pub(super) fn try_new(
        source: Body,
        coding: Coding,
        meter: Arc<Meter>,
        is_wire: bool,
    ) -> io::Result<Self> {
        Ok(Self {
            source,
            coding,
            decoder: Decoder::new(coding)?,
            meter,
            is_wire,
            input: Bytes::new(),
            given: 0,
            is_full: false,
            has_begun: false,
            is_over: false,
            ended_at: None,
            runs: 0,
            trailers: None,
            phase: Phase::Reading,
        })
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        match ready!(Pin::new(&mut self.source).poll_frame(cx)) {
            None => self.phase = Phase::Draining,
            Some(Err(error)) => return Poll::Ready(Err(error)),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => {
                    self.has_begun |= !data.is_empty();
                    self.input = data;
                }
                Err(frame) => {
                    self.trailers = frame.into_trailers().ok();
                    self.phase = Phase::Draining;
                }
            },
        }
        Poll::Ready(Ok(()))
    }

    /// Runs the decoder once; gives what came out.
    fn decode(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.is_over && !self.input.is_empty() && !self.decoder.takes_more() {
            return Err(self.broken(How::Trailing));
        }
        let piece = &self.input[..self.input.len().min(PIECE)];
        // Most content shrinks to a fifth or less; a small one need not have room for a big one.
        let mut output = Vec::with_capacity((piece.len() * 8).clamp(1024, ROOM));
        let Ok(progress) = self.decoder.run(piece, &mut output) else { return Err(self.invalid()) };
        self.runs += 1;
        self.input.advance(progress.read);
        self.is_over = progress.is_over;
        self.is_full = !self.is_over && output.len() == output.capacity();
        self.given += output.len() as u64;
        if self.is_over {
            self.ended_at = Some(self.given);
        }
        if self.is_wire {
            self.meter.take(progress.read);
        }
        self.meter.check(self.given)?;
        if progress.read == 0 && output.is_empty() && !self.input.is_empty() {
            return Err(self.invalid());
        }
        Ok((!output.is_empty()).then(|| output.into()))
    }

    /// After an end, what is no other content is not part of any.
    fn invalid(&self) -> Fault {
        self.broken(if self.ended_at == Some(self.given) { How::Trailing } else { How::Invalid })
    }

    const fn broken(&self, how: How) -> Fault {
        Fault::Broken { coding: self.coding, how }
    }

    fn fail(&mut self, fault: Fault) -> Polled {
        self.phase = Phase::Ended;
        self.trailers = None;
        self.meter.fail(fault);
        Poll::Ready(Some(Err(fault.error(&self.meter))))
    }

    fn end(&mut self) -> Polled {
        self.phase = Phase::Ended;
        // No content at all is not cut short: some clients name a coding for nothing.
        if self.has_begun && !self.is_over {
            return self.fail(self.broken(How::CutShort));
        }
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }
}

impl HttpBody for DecodedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = &mut *self;
        loop {
            if this.runs >= TURN && this.phase != Phase::Ended {
                this.runs = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let can_decode = !this.input.is_empty() || this.is_full;
            match this.phase {
                Phase::Ended => return Poll::Ready(None),
                Phase::Draining if !can_decode => return this.end(),
                Phase::Reading if !can_decode => match this.read(cx) {
                    Poll::Ready(Ok(())) => continue,
                    Poll::Ready(Err(error)) => {
                        this.phase = Phase::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                    Poll::Pending => {
                        this.runs = 0;
                        return Poll::Pending;
                    }
                },
                Phase::Reading | Phase::Draining => {}
            }
            match this.decode() {
                Ok(Some(block)) => return Poll::Ready(Some(Ok(Frame::data(block)))),
                Ok(None) => {}
                Err(fault) => return this.fail(fault),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.phase == Phase::Ended
    }
}

#[cfg(test)]
mod tests;
