//! The request's body, as far as it has come.

use bytes::Bytes;
use http_body::Body as _;
use hyperserve_core::Body;
use std::pin::Pin;
use std::task::{Context, Poll};

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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// More is to come.
    Open,
    /// The last piece has been read.
    Ended,
    /// The last piece has been received.
    Received,
    /// The body was cut: the client is gone, or broke the rules.
    Cut,
}

impl Incoming {
    pub(super) fn new(body: Body) -> Self {
        let empty = body.is_end_stream();
        let ready = empty.then(|| Piece { bytes: Bytes::new(), more: false });
        Self { body, ready, stage: if empty { Stage::Ended } else { Stage::Open } }
    }

    /// Asks for the first piece; true when it has to be waited for.
    pub(super) fn prefetch(&mut self, cx: &mut Context<'_>) -> bool {
        self.ready.is_none() && self.stage == Stage::Open && self.poll(cx).is_pending()
    }

    /// Reads a piece unless one is ready. Ready once there is something to receive, even if it is the end.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.ready.is_none() && self.stage == Stage::Open {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(frame) => self.take(frame),
            }
        }
        Poll::Ready(())
    }

    fn take(&mut self, frame: Option<Result<http_body::Frame<Bytes>, hyperserve_core::BodyError>>) {
        match frame {
            // Trailers have no place in ASGI.
            Some(Ok(frame)) => {
                let Ok(bytes) = frame.into_data() else { return };
                let more = !self.body.is_end_stream();
                self.ready = Some(Piece { bytes, more });
                if !more {
                    self.stage = Stage::Ended;
                }
            }
            Some(Err(_)) => self.stage = Stage::Cut,
            None => {
                self.ready = Some(Piece { bytes: Bytes::new(), more: false });
                self.stage = Stage::Ended;
            }
        }
    }

    /// What can be received now.
    pub(super) fn pop(&mut self) -> Option<Piece> {
        let piece = self.ready.take()?;
        if self.stage == Stage::Ended {
            self.stage = Stage::Received;
        }
        Some(piece)
    }

    pub(super) fn is_cut(&self) -> bool {
        self.stage == Stage::Cut
    }

    /// Whether pieces are still to be read from the connection.
    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }
}
