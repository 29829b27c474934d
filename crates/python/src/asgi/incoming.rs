//! The request's body, as far as it has come.

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame};
use hyperserve_core::{Body, BodyError};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Pieces below this are joined with what comes right after them, bytes.
const SMALL: usize = 8 * 1024;

/// A piece of the body for `http.request`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    pub(super) more: bool,
}

#[derive(Debug)]
pub(super) struct Incoming {
    body: Body,
    /// A piece that has been read and not received.
    ready: Option<Piece>,
    stage: Stage,
    /// Bytes that the body may still have.
    allowed: u64,
    limit: u64,
}

#[derive(Debug)]
enum Stage {
    /// More is to come.
    Open,
    /// The last piece has been read.
    Ended,
    /// Nothing more is wanted.
    Closed,
    /// The body was cut: the client is gone, or broke the rules.
    Cut(Option<BodyError>),
}

impl Incoming {
    /// A body that may have `limit` bytes.
    pub(super) fn new(body: Body, limit: usize) -> Self {
        let empty = body.is_end_stream();
        let ready = empty.then(|| Piece { bytes: Bytes::new(), more: false });
        let stage = if empty { Stage::Ended } else { Stage::Open };
        Self { body, ready, stage, allowed: limit as u64, limit: limit as u64 }
    }

    /// Whether the client has announced more than it may send.
    pub(super) fn is_too_large(&self) -> bool {
        self.body.size_hint().lower() > self.limit
    }

    /// Asks for the first piece; true when it has to be waited for.
    pub(super) fn prefetch(&mut self, cx: &mut Context<'_>) -> bool {
        self.ready.is_none() && self.is_open() && self.poll(cx).is_pending()
    }

    /// Reads a piece unless one is ready. Ready once there is something to receive, even if it is the end.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.ready.is_some() {
            return Poll::Ready(());
        }
        while self.is_open() && self.ready.as_ref().is_none_or(|piece| piece.bytes.len() < SMALL) {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending if self.ready.is_some() => break,
                Poll::Pending => return Poll::Pending,
                Poll::Ready(frame) => self.take(frame),
            }
        }
        Poll::Ready(())
    }

    /// Small pieces that are there together are received together.
    fn join(&mut self, bytes: Bytes, more: bool) {
        let bytes = match self.ready.take() {
            Some(before) if before.bytes.is_empty() => bytes,
            Some(before) if bytes.is_empty() => before.bytes,
            Some(before) => {
                let mut joined = BytesMut::from(before.bytes);
                joined.extend_from_slice(&bytes);
                joined.freeze()
            }
            None => bytes,
        };
        self.ready = Some(Piece { bytes, more });
    }

    fn take(&mut self, frame: Option<Result<Frame<Bytes>, BodyError>>) {
        match frame {
            Some(Ok(frame)) => {
                // Trailers have no place in ASGI.
                let Ok(bytes) = frame.into_data() else { return };
                match self.allowed.checked_sub(bytes.len() as u64) {
                    Some(left) => self.allowed = left,
                    None => return self.cut(BodyError::too_large(self.limit)),
                }
                let more = !self.body.is_end_stream();
                self.join(bytes, more);
                if !more {
                    self.stage = Stage::Ended;
                }
            }
            Some(Err(error)) => self.cut(error),
            None => {
                self.join(Bytes::new(), false);
                self.stage = Stage::Ended;
            }
        }
    }

    fn cut(&mut self, error: BodyError) {
        self.body = Body::empty();
        self.stage = Stage::Cut(Some(error));
    }

    /// What can be received now.
    pub(super) fn pop(&mut self) -> Option<Piece> {
        self.ready.take()
    }

    /// Nothing more will be received: the connection need not keep it.
    pub(super) fn close(&mut self) {
        if self.is_open() {
            self.body = Body::empty();
            self.stage = Stage::Closed;
        }
        self.ready = None;
    }

    pub(super) fn is_cut(&self) -> bool {
        matches!(self.stage, Stage::Cut(_))
    }

    /// Why the body was cut; once.
    pub(super) fn take_error(&mut self) -> Option<BodyError> {
        match &mut self.stage {
            Stage::Cut(error) => error.take(),
            Stage::Open | Stage::Ended | Stage::Closed => None,
        }
    }

    /// Whether pieces are still to be read from the connection.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open)
    }
}
