//! What all connections of one worker share.

use super::addresses::Addresses;
use super::clock::{self, Millis};
use super::sweep::Sweep;
use crate::Limits;
use crate::http1::Rules;
use crate::metrics::WorkerMetrics;
use hyperserve_core::{Shutdown, TrustedProxies, WebSocketConfig};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicU8, AtomicU64,
    Ordering::{Acquire, Release},
};
use tokio::sync::Notify;

/// Built once a worker.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) limits: Arc<Limits>,
    pub(crate) rules: Rules,
    /// What bounds the WebSockets that connections become.
    pub(crate) websocket: Arc<WebSocketConfig>,
    pub(crate) sweep: Arc<Sweep>,
    pub(crate) metrics: Arc<WorkerMetrics>,
    pub(crate) drain: Arc<Drain>,
    pub(crate) shutdown: Shutdown,
    pub(crate) trusted: Arc<TrustedProxies>,
    pub(crate) addresses: Arc<Addresses>,
    /// Told when a connection closes, so that a worker at its cap accepts again.
    pub(crate) room: Notify,
}

impl Scope {
    pub(crate) fn new(
        limits: Arc<Limits>,
        metrics: Arc<WorkerMetrics>,
        drain: Arc<Drain>,
        shutdown: Shutdown,
        trusted: Arc<TrustedProxies>,
        addresses: Arc<Addresses>,
    ) -> Arc<Self> {
        let rules = Rules {
            max_head: limits.max_head.max(8192),
            max_headers: limits.max_headers.min(100),
            max_target: limits.max_target,
            allow_connect: limits.allow_connect,
            extra_methods: limits.extra_methods.clone(),
        };
        let websocket = Arc::new(limits.websocket());
        let (sweep, room) = (Sweep::new(), Notify::new());
        Arc::new(Self { limits, rules, websocket, sweep, metrics, drain, shutdown, trusted, addresses, room })
    }
}

/// How far a server has come in stopping. One for all workers.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    phase: AtomicU8,
    since: AtomicU64,
}

const SERVING: u8 = 0;
const DRAINING: u8 = 1;
const CUTTING: u8 = 2;

impl Drain {
    /// Responses close their connections from here on.
    pub(crate) fn begin(&self) {
        self.since.store(clock::now(), Release);
        self.phase.fetch_max(DRAINING, Release);
    }

    /// What is still open is cut.
    pub(crate) fn cut(&self) {
        self.phase.store(CUTTING, Release);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.phase.load(Acquire) != SERVING
    }

    pub(crate) fn is_cutting(&self) -> bool {
        self.phase.load(Acquire) == CUTTING
    }

    pub(crate) fn since(&self) -> Option<Millis> {
        self.is_draining().then(|| self.since.load(Acquire))
    }
}
