//! The memory that pieces of files are read into, used again and again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// The bytes of a piece: few enough that a piece is still in the processor's cache when the kernel takes it from there, and that
/// ten thousand slow clients hold 640 MiB.
const PIECE: usize = 64 * 1024;

/// Up to so many files at once are read a piece ahead.
const CALM: usize = 64;

/// Buffers that are kept: 8 MiB.
const KEPT: usize = 128;

static ACTIVE: AtomicUsize = AtomicUsize::new(0);

static POOL: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// Counts a file that is being sent.
pub(super) struct Active(());

impl Active {
    pub(super) fn new() -> Self {
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether so few files are sent at once that memory is no concern.
pub(super) fn is_calm() -> bool {
    ACTIVE.load(Ordering::Relaxed) <= CALM
}

/// Room for a piece. It goes back when the piece is sent.
pub(super) struct Room {
    bytes: Box<[u8]>,
    filled: usize,
}

impl Room {
    pub(super) fn new() -> Self {
        Self { bytes: kept().unwrap_or_else(|| vec![0; PIECE].into_boxed_slice()), filled: 0 }
    }

    pub(super) fn for_at_most(&mut self, count: u64) -> &mut [u8] {
        let length = usize::try_from(count).unwrap_or(usize::MAX).min(self.bytes.len());
        &mut self.bytes[..length]
    }

    pub(super) fn filled(mut self, count: usize) -> Bytes {
        self.filled = count;
        Bytes::from_owner(self)
    }
}

fn kept() -> Option<Box<[u8]>> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

impl AsRef<[u8]> for Room {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < KEPT {
            pool.push(std::mem::take(&mut self.bytes));
        }
    }
}
