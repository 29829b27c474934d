//! The body as the parser gets it: one block at a time, and counted.
//!
//! multer reads its stream until the stream has nothing more at hand, and keeps all of that in memory: a client that
//! sends faster than the handler reads would fill it up to the body limit. [`Source`] therefore pauses after each
//! block, and whoever polls the parser asks the [`Gate`] whether to let it read on.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use hyperserve_core::{Body, BodyDataStream, BodyError};

/// What a [`Source`] and the one who polls the parser over it share.
#[derive(Debug, Default)]
pub(super) struct Gate {
    paused: AtomicBool,
    read: AtomicUsize,
}

impl Gate {
    /// Lets the source read on. False when it was not paused: then it waits for the body, which wakes the task.
    pub(super) fn open(&self) -> bool {
        self.paused.swap(false, Relaxed)
    }

    /// Whether the source is paused.
    pub(super) fn is_shut(&self) -> bool {
        self.paused.load(Relaxed)
    }

    /// Begins to count from here.
    pub(super) fn count(&self) {
        self.read.store(0, Relaxed);
    }

    /// The bytes read since the count began.
    pub(super) fn counted(&self) -> usize {
        self.read.load(Relaxed)
    }
}

/// What may follow the last boundary and is passed over (RFC 2046 §5.1.1 calls it the epilogue).
const MOST_AFTER: usize = 64 * 1024;

/// A [`Source`] that the parser reads, and that is read to its end behind the parser's back.
#[derive(Clone)]
pub(super) struct SharedSource(Arc<Mutex<Source>>);

impl SharedSource {
    /// Reads `body`, at most `limit` bytes.
    pub(super) fn new(body: Body, limit: usize, gate: Arc<Gate>) -> Self {
        Self(Arc::new(Mutex::new(Source::new(body, limit, gate))))
    }

    /// Reads what follows the form, so that its connection can be used again. What is wrong with it does not matter any more.
    pub(super) fn poll_rest(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        source.gate.count();
        while source.gate.counted() <= MOST_AFTER {
            source.gate.open();
            match ready!(Pin::new(&mut *source).poll_next(cx)) {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            }
        }
        Poll::Ready(())
    }
}

impl Stream for SharedSource {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *source).poll_next(cx)
    }
}

struct Source {
    data: BodyDataStream,
    limit: usize,
    left: usize,
    gate: Arc<Gate>,
}

impl Source {
    fn new(body: Body, limit: usize, gate: Arc<Gate>) -> Self {
        Self { data: body.into_data_stream(), limit, left: limit, gate }
    }
}

impl Stream for Source {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.gate.is_shut() {
            return Poll::Pending;
        }
        let Some(data) = ready!(Pin::new(&mut self.data).poll_next(cx)).transpose()? else {
            return Poll::Ready(None);
        };
        let Some(left) = self.left.checked_sub(data.len()) else {
            return Poll::Ready(Some(Err(BodyError::too_large(self.limit as u64))));
        };
        self.left = left;
        self.gate.read.fetch_add(data.len(), Relaxed);
        self.gate.paused.store(true, Relaxed);
        Poll::Ready(Some(Ok(data)))
    }
}
