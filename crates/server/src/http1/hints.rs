//! Interim responses of one connection (RFC 8297).
//!
//! hyper writes none. They go out between what it writes: when it flushes, and so has nothing of its own left.

use crate::conn::Timers;
use http::HeaderMap;
use hyperserve_core::Interim;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Acquire, Release},
};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
pub(crate) struct Hints {
    timers: Arc<Timers>,
    /// A request of HTTP/1.1 is under way, and its response has not begun.
    open: AtomicBool,
    any: AtomicBool,
    waiting: Mutex<Vec<u8>>,
}

impl Hints {
    pub(crate) fn new(timers: Arc<Timers>) -> Arc<Self> {
        let (open, any) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { timers, open, any, waiting: Mutex::default() })
    }

    /// A request that may have hints is under way.
    pub(crate) fn begin(&self) {
        self.open.store(true, Release);
    }

    /// Its response begins: what has not left is of no use any more.
    pub(crate) fn end(&self) {
        self.open.store(false, Release);
        if self.any.load(Acquire) {
            drop(self.take());
        }
    }

    /// What is to be sent now.
    pub(super) fn take(&self) -> Option<Vec<u8>> {
        if !self.any.swap(false, AcqRel) {
            return None;
        }
        Some(std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Interim for Hints {
    fn early_hints(&self, fields: &HeaderMap) -> bool {
        if !self.open.load(Acquire) {
            return false;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(b"HTTP/1.1 103 Early Hints\r\n");
        for (name, value) in fields {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                waiting.extend_from_slice(part);
            }
        }
        waiting.extend_from_slice(b"\r\n");
        drop(waiting);
        self.any.store(true, Release);
        // The connection's task flushes.
        self.timers.wake();
        true
    }
}
