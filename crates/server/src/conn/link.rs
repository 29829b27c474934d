//! What the layers of one connection share: deadlines, the request in flight, and the worker it belongs to.

use super::clock::{self, Millis};
use super::scope::Scope;
use super::timers::{self, Side, Timers};
use super::windows::Windows;
use crate::http1::{Fault, Hints};
use http::HeaderMap;
use hyperserve_core::problem::Accept;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::Context;
use std::time::Duration;

/// How far the body of an HTTP/1 request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum BodyState {
    Complete = 0,
    UnderWay = 1,
    /// Malformed, or stopped coming.
    Broken = 2,
}

/// One open connection. Counted as open until the last clone is gone, upgraded connections included.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) scope: Arc<Scope>,
    pub(crate) timers: Arc<Timers>,
    /// HTTP/1: interim responses that wait.
    pub(crate) hints: Arc<Hints>,
    slot: usize,
    address: Option<IpAddr>,
    /// HTTP/1: requests handed to the application so far, refused ones included.
    calls: AtomicU32,
    /// HTTP/1: the number of the request that is refused, 0 for none, and why.
    refused: AtomicU32,
    fault: AtomicU8,
    /// HTTP/1: a request is with the application, or its response is not written yet.
    busy: AtomicBool,
    /// HTTP/1: the connection has become another protocol's.
    tunnel: AtomicBool,
    /// HTTP/1: a request on this connection asked for another protocol.
    upgrades: AtomicBool,
    /// HTTP/1: how far the body of the current request has come, a [`BodyState`].
    body: AtomicU8,
    /// HTTP/1: nobody has read the body of the current request, which is chunked, to its end.
    unread: AtomicBool,
    /// HTTP/1: the number of the last request whose chunked body has come, in one chunk or none.
    one_piece: AtomicU32,
    /// HTTP/1: the deadline that runs is the one between requests, set when the last response ended.
    idle: AtomicBool,
    /// HTTP/1: a head on this connection had an `Accept` field, so that the others need not be searched for one.
    accepts: AtomicBool,
    /// HTTP/1: what the kernel sends of files, where that is on and can be.
    windows: OnceLock<Arc<Windows>>,
    /// HTTP/2: streams with a task.
    #[cfg(feature = "http2")]
    streams: AtomicU32,
}

impl Link {
    /// `address` is counted against the cap per address, and given back on drop.
    pub(crate) fn new(scope: Arc<Scope>, address: Option<IpAddr>) -> Arc<Self> {
        let timers = Arc::new(Timers::default());
        let slot = scope.sweep.join(Arc::clone(&timers));
        scope.metrics.connection_opened();
        Arc::new(Self {
            scope,
            hints: Hints::new(Arc::clone(&timers)),
            timers,
            slot,
            address,
            calls: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            fault: AtomicU8::new(0),
            busy: AtomicBool::new(false),
            tunnel: AtomicBool::new(false),
            upgrades: AtomicBool::new(false),
            body: AtomicU8::new(0),
            unread: AtomicBool::new(false),
            one_piece: AtomicU32::new(0),
            idle: AtomicBool::new(false),
            accepts: AtomicBool::new(false),
            windows: OnceLock::new(),
            #[cfg(feature = "http2")]
            streams: AtomicU32::new(0),
        })
    }

    /// Sets a deadline `timeout` from now, or none when it is zero.
    pub(crate) fn arm(&self, side: Side, timeout: Duration) {
        match timers::after(timeout) {
            Some(at) => self.arm_at(side, at),
            None => self.timers.clear(side),
        }
    }

    pub(crate) fn arm_at(&self, side: Side, at: Millis) {
        self.timers.set(side, at);
        self.scope.sweep.expect(at);
    }

    /// While draining, when an idle connection stops waiting for a request.
    pub(crate) fn drain_idle_at(&self) -> Option<Millis> {
        let since = self.scope.drain.since()?;
        Some(since.saturating_add(self.scope.limits.drain_idle_grace.as_millis() as Millis).max(1))
    }

    /// Whether a draining connection has waited long enough.
    pub(crate) fn is_drain_idle_over(&self) -> bool {
        self.drain_idle_at().is_some_and(|at| at <= clock::now())
    }

    pub(crate) fn register(&self, cx: &Context<'_>) {
        self.timers.register(cx.waker());
    }

    /// Marks the next head as one that the service refuses; heads are counted from 1.
    pub(crate) fn refuse(&self, head: u32, fault: Fault) {
        self.fault.store(fault as u8, Relaxed);
        self.refused.store(head, Relaxed);
    }

    /// Counts a request in; `Err` when it is the one to refuse.
    pub(crate) fn begin(&self) -> Result<u32, Fault> {
        let call = self.calls.load(Relaxed).wrapping_add(1);
        self.calls.store(call, Relaxed);
        if self.idle.load(Relaxed) {
            self.idle.store(false, Relaxed);
            self.timers.clear(Side::Read);
        }
        self.busy.store(true, Relaxed);
        if self.refused.load(Relaxed) == call {
            return Err(Fault::ALL[usize::from(self.fault.load(Relaxed))]);
        }
        Ok(call)
    }

    /// The response is written, or given up. hyper does not read again before the peer sends, so the deadline of an idle
    /// connection starts here, unless the peer owes something already.
    pub(crate) fn finish(&self) {
        self.busy.store(false, Relaxed);
        if !self.timers.is_set(Side::Read) {
            self.idle.store(true, Relaxed);
            match self.drain_idle_at() {
                // The head of this response said nothing of a close: it went out before the drain began.
                Some(at) => self.arm_at(Side::Read, at.max(clock::now())),
                None => self.arm(Side::Read, self.scope.limits.keep_alive_timeout),
            }
        }
        if self.upgrades.load(Relaxed) {
            // The guard holds bytes back until it is clear whose they are.
            self.timers.wake();
        }
    }

    pub(crate) fn is_idle_armed(&self) -> bool {
        self.idle.load(Relaxed)
    }

    pub(crate) fn set_body(&self, state: BodyState) {
        self.body.store(state as u8, Relaxed);
    }

    /// Whether the body of the current request has not all come, or cannot.
    pub(crate) fn body_is(&self, state: BodyState) -> bool {
        self.body.load(Relaxed) == state as u8
    }

    pub(crate) fn set_unread(&self, unread: bool) {
        self.unread.store(unread, Relaxed);
    }

    /// The chunked body of this request has come, and hyper can pass over the rest of it in one step.
    pub(crate) fn came_in_one_piece(&self, head: u32) {
        self.one_piece.store(head, Relaxed);
    }

    /// Whether the current request has a chunked body that nobody has read to its end, and that hyper will not pass over: of
    /// several chunks it reads one more, and closes.
    pub(crate) fn is_unread(&self) -> bool {
        self.unread.load(Relaxed) && self.one_piece.load(Relaxed) != self.calls.load(Relaxed)
    }

    pub(crate) fn saw_upgrade(&self) {
        self.upgrades.store(true, Relaxed);
    }

    pub(crate) fn has_seen_upgrade(&self) -> bool {
        self.upgrades.load(Relaxed)
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Relaxed)
    }

    pub(crate) fn saw_accept(&self) {
        self.accepts.store(true, Relaxed);
    }

    /// What a request with these fields accepts.
    pub(crate) fn accept(&self, headers: &HeaderMap) -> Accept {
        if self.accepts.load(Relaxed) { Accept::of(headers) } else { Accept::default() }
    }

    /// Stretches of files are sent by the kernel.
    pub(super) fn send_files(&self, windows: Arc<Windows>) {
        // A connection begins once.
        let _ = self.windows.set(windows);
    }

    pub(super) fn windows(&self) -> Option<&Arc<Windows>> {
        self.windows.get()
    }

    pub(crate) fn become_tunnel(&self) {
        self.tunnel.store(true, Relaxed);
    }

    pub(crate) fn is_tunnel(&self) -> bool {
        self.tunnel.load(Relaxed)
    }
}

#[cfg(feature = "http2")]
impl Link {
    /// Counts a stream in (HTTP/2).
    pub(crate) fn stream_opened(&self) {
        self.streams.fetch_add(1, Relaxed);
    }

    /// Counts a stream out; the connection looks again whether it is idle.
    pub(crate) fn stream_closed(&self) {
        if self.streams.fetch_sub(1, Relaxed) == 1 {
            self.timers.wake();
        }
    }

    pub(crate) fn has_streams(&self) -> bool {
        self.streams.load(Relaxed) != 0
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.scope.sweep.leave(self.slot);
        self.scope.metrics.connection_closed();
        if let Some(address) = self.address {
            self.scope.addresses.release(address);
        }
        self.scope.room.notify_one();
    }
}
