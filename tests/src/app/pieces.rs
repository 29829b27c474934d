//! A body that comes piece by piece with a short wait before each, and may end in trailers, in failure, or never.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use tokio::time::{Sleep, sleep};

/// One step of a body.
#[derive(Debug)]
pub enum Piece {
    /// Bytes of content.
    Data(Bytes),
    /// Trailer fields.
    Trailers(HeaderMap),
    /// An error.
    Failure,
    /// Nothing more ever comes, and no end either.
    Hang,
}

/// The body.
#[derive(Debug)]
pub struct Pieces {
    left: VecDeque<Piece>,
    gap: Duration,
    wait: Pin<Box<Sleep>>,
}

impl Pieces {
    /// These pieces, each `gap` after the one before.
    #[must_use]
    pub fn new(pieces: Vec<Piece>, gap: Duration) -> Self {
        Self { left: pieces.into(), gap, wait: Box::pin(sleep(gap)) }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        ready!(self.wait.as_mut().poll(context));
        self.wait = Box::pin(sleep(self.gap));
        Poll::Ready(match self.left.pop_front() {
            None => None,
            Some(Piece::Data(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Some(Piece::Failure) => Some(Err(io::Error::other("the conformance suite asked for a failure"))),
            Some(Piece::Hang) => {
                self.left.push_front(Piece::Hang);
                return Poll::Pending;
            }
        })
    }
}
