//! Stretches of files in a response: bytes that stand for them, which the socket recognises and has the kernel send.
//!
//! hyper moves bytes, and has no notion of a file. So it is handed a window: a slice of zeros that nobody reads, as long as the
//! stretch. It counts it and queues it like any other slice, and when the slice comes to the socket, `sendfile` is called in its
//! place. A connection has one window at a time, so that how much of it is left tells where in the file it is.

use bytes::Bytes;
use hyperserve_core::{Body, FileStretch};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Bytes of a window at most. The kernel takes what fits into the socket at once, and this thread serves nobody else meanwhile.
const MOST: usize = 1 << 20;

/// Windows of one connection after which the others have their turn.
const TURN: u8 = 2;

/// Memory that is never touched, and so never there; a static array would be so much of the program's file.
static ZEROS: LazyLock<Box<[u8]>> = LazyLock::new(|| vec![0; MOST].into_boxed_slice());

/// Whether these bytes stand for a stretch of a file. Whoever is about to write them and has no file must not.
pub(super) fn is_window(bytes: &[u8]) -> bool {
    bytes.as_ptr().addr().wrapping_sub(ZEROS.as_ptr().addr()) < MOST && !bytes.is_empty()
}

/// A window in a place that cannot send files: zeros must never be taken for what they stand for.
#[cold]
pub(super) fn misplaced() -> io::Error {
    tracing::error!("a stretch of a file came to a place that cannot send files; the connection is closed");
    io::Error::new(ErrorKind::InvalidData, "a stretch of a file in a wrong place")
}

/// What a connection sends of files.
#[derive(Debug, Default)]
pub(crate) struct Windows(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// What the window stands for that hyper has.
    current: Option<FileStretch>,
    /// hyper has got rid of a window without writing all of it. What is left of it may still come, and must not be taken for
    /// another one: there are no more on this connection.
    abandoned: bool,
    /// The body waits until the window is sent.
    waits: bool,
    /// Windows in this turn.
    turn: u8,
}

impl Windows {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A body of a file is about to be sent.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        state.abandoned |= state.current.is_some();
    }

    /// The connection has its turn.
    pub(super) fn renew(&self) {
        self.state().turn = 0;
    }

    /// The next stretch of a body as a window, once the last one is sent; `None` if the body has to be read.
    pub(super) fn poll_next(&self, body: &mut Body, cx: &Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.state();
        if state.abandoned {
            return Poll::Ready(None);
        }
        if state.current.is_some() {
            state.waits = true;
            return Poll::Pending;
        }
        if state.turn >= TURN {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(body.next_stretch(MOST as u64).map(|stretch| state.open(stretch)))
    }

    /// Where the bytes are that a slice stands for. It begins where the last one ended; hyper may have cut its end off, if the
    /// message is shorter than its body.
    pub(super) fn place(&self, slice: &[u8]) -> io::Result<(Arc<File>, u64)> {
        let at = slice.as_ptr().addr().wrapping_sub(ZEROS.as_ptr().addr());
        match &self.state().current {
            Some(stretch) if stretch.length == MOST.wrapping_sub(at) as u64 => {
                Ok((Arc::clone(&stretch.file), stretch.start))
            }
            _ => Err(misplaced()),
        }
    }

    /// So many bytes of the window are with the kernel.
    pub(super) fn sent(&self, count: usize, cx: &Context<'_>) {
        let mut state = self.state();
        let Some(stretch) = &mut state.current else { return };
        stretch.start += count as u64;
        stretch.length -= count as u64;
        if stretch.length > 0 {
            return;
        }
        state.current = None;
        if std::mem::take(&mut state.waits) {
            cx.waker().wake_by_ref();
        }
    }
}

impl State {
    fn open(&mut self, stretch: FileStretch) -> Bytes {
        self.turn += 1;
        let window = &ZEROS[MOST.saturating_sub(usize::try_from(stretch.length).unwrap_or(usize::MAX))..];
        self.current = Some(stretch);
        // It ends where the zeros end, so that where a slice of it begins tells how much is left.
        Bytes::from_static(window)
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
#[path = "windows_tests.rs"]
mod tests;
