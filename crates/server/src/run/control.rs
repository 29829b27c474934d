//! The control thread: signals, certificates, and the order in which a server stops.

use super::handle::Handle;
use super::worker::Order;
use crate::conn::Drain;
use crate::{Limits, Metrics};
use hyperserve_core::ShutdownTrigger;
use std::future::Future;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How a server stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Connections that were still open at the deadline and were cut.
    pub cut: usize,
    /// Workers that did not stop in time, because a handler blocks their thread.
    pub stuck: usize,
    /// Work that was held to outlive its connection ([`Shutdown::hold`](hyperserve_core::Shutdown::hold)), as detached
    /// handlers and WebSockets are, and was cut at the deadline. A WebSocket's connection counts as `cut` too.
    pub unfinished: usize,
}

/// The levers of stopping.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) limits: Arc<Limits>,
    pub(super) handle: Handle,
    pub(super) drain: Arc<Drain>,
    pub(super) orders: watch::Sender<Order>,
    pub(super) shutdown: ShutdownTrigger,
    pub(super) metrics: Metrics,
}

impl Control {
    /// Stops in order: readiness goes, listeners close, responses say goodbye, the token fires, then the deadline.
    /// `done` ends when the workers have nothing open.
    pub(super) async fn stop(&self, done: impl Future<Output = ()>) {
        self.handle.set_ready(false);
        let held = self.shutdown.subscribe().holds();
        tracing::info!(open = self.metrics.snapshot().connections_open, held, "draining");
        self.handle.or_forced(tokio::time::sleep(self.limits.drain_delay)).await;
        // Connections that the workers wake from here on must see it.
        self.drain.begin();
        self.orders.send_replace(Order::Drain);
        self.shutdown.trigger();
        let deadline = self.limits.drain_deadline;
        tokio::select! {
            () = done => return,
            () = self.handle.or_forced(tokio::time::sleep(deadline)) => {}
        }
        tracing::warn!(
            open = self.metrics.snapshot().connections_open,
            ?deadline,
            "cutting what is still open"
        );
        self.orders.send_replace(Order::Cut);
    }

    /// Runs the workers on this runtime until `stop` ends and they have drained or are cut.
    pub(super) async fn until<T>(
        &self,
        stop: impl Future<Output = ()>,
        workers: impl Future<Output = T>,
    ) -> T {
        let (done, mut waits) = watch::channel(());
        let workers = async {
            let outcome = workers.await;
            drop(done);
            outcome
        };
        let stopping = async {
            stop.await;
            self.stop(async { while waits.changed().await.is_ok() {} }).await;
        };
        // `stop` is polled before the first connection is taken: one that catches a signal catches it from here on.
        tokio::join!(stopping, workers).1
    }
}

/// Turns SIGTERM and SIGINT into a drain, a second one into a cut, and SIGHUP into a reload of the certificates.
///
/// The signals are caught from here on; the future acts on them.
pub(super) fn watch_signals(handle: Handle, reload: impl Fn()) -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => handle.stop_or_force(),
                _ = interrupt.recv() => handle.stop_or_force(),
                _ = hangup.recv() => reload(),
            }
        }
    })
}

/// Waits for the workers.
pub(super) async fn collect(mut workers: JoinSet<std::io::Result<usize>>) -> Report {
    let mut report = Report::default();
    while let Some(outcome) = workers.join_next().await {
        match outcome {
            Ok(Ok(cut)) => report.cut += cut,
            Ok(Err(error)) => tracing::error!(%error, "a worker failed"),
            Err(error) => tracing::error!(%error, "a worker panicked"),
        }
    }
    report
}
