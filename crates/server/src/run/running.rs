//! A bound server at work: its threads, what the control thread watches, and the end.

use super::bound::BoundServer;
use super::control::{Control, Report, collect};
use super::error::ServerError;
use super::worker::{Order, Plan};
use crate::App;
use crate::conn::{Addresses, Drain, Scope};
use crate::system::{Notifier, allowed_cpus};
use hyperserve_core::{Shutdown, ShutdownTrigger};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

impl BoundServer {
    /// Serves until the server is told to stop and has drained. Blocks the thread.
    ///
    /// # Errors
    ///
    /// When the system gives no thread or no runtime.
    #[expect(clippy::needless_pass_by_value, reason = "the server owns what it serves")]
    pub fn run<A: App>(mut self, app: A) -> Result<Report, ServerError> {
        let control = Builder::new_current_thread().enable_all().build().map_err(ServerError::io)?;
        let notifier = notifier();
        {
            let _context = control.enter();
            self.watch_signals(notifier.as_ref());
        }
        // Whoever is connected sees a server that is ready: the listeners are open already.
        self.handle.set_ready(true);
        let (orders, given) = watch::channel(Order::Serve);
        let (trigger, token) = ShutdownTrigger::new();
        let drain = Arc::new(Drain::default());
        let mut threads = JoinSet::new();
        let running = Arc::new(AtomicUsize::new(self.workers));
        for plan in self.plans(&drain, &token, &given, &app) {
            start(&mut threads, &control, &running, plan)?;
        }
        let stop = Control {
            limits: Arc::clone(&self.limits),
            handle: self.handle.clone(),
            drain,
            orders,
            shutdown: trigger,
            metrics: self.handle.metrics().clone(),
        };
        let report = control.block_on(self.control(stop, &token, threads, &running, notifier.as_ref()));
        control.shutdown_background();
        Ok(report)
    }

    /// Serves on the current-thread runtime that this is awaited on, as all workers in one, until [`Handle::stop`] and the
    /// end of the drain. Signals are the caller's.
    ///
    /// For programs whose thread has a loop of its own. Small writes leave together if the thread has entered
    /// [`Batching`](crate::Batching).
    ///
    /// [`Handle::stop`]: crate::Handle::stop
    pub async fn serve<A: App>(mut self, app: A) -> Report {
        let (orders, given) = watch::channel(Order::Serve);
        let (shutdown, token) = ShutdownTrigger::new();
        let drain = Arc::new(Drain::default());
        let mut workers = JoinSet::new();
        for plan in self.plans(&drain, &token, &given, &app) {
            workers.spawn(plan.serve());
        }
        #[cfg(feature = "tls")]
        self.watch_certificates(&token);
        self.handle.set_ready(true);
        let (limits, handle) = (Arc::clone(&self.limits), self.handle.clone());
        let metrics = self.handle.metrics().clone();
        let control = Control { limits, handle, drain, orders, shutdown, metrics };
        let report = control.until(self.handle.stopped(), collect(workers)).await;
        Report { unfinished: token.holds(), ..report }
    }

    fn plans<A: App>(
        &mut self,
        drain: &Arc<Drain>,
        token: &Shutdown,
        orders: &watch::Receiver<Order>,
        app: &A,
    ) -> Vec<Plan<A>> {
        let cpus = if self.pinned { allowed_cpus() } else { Vec::new() };
        let addresses = Arc::new(Addresses::new(self.limits.max_connections_per_ip));
        let sockets = std::mem::take(&mut self.sockets);
        let plan = |(index, listeners)| Plan {
            index,
            cpu: (!cpus.is_empty()).then(|| cpus[index % cpus.len()]),
            listeners,
            scope: Scope::new(
                Arc::clone(&self.limits),
                self.handle.metrics().worker(index),
                Arc::clone(drain),
                token.clone(),
                Arc::clone(&self.trusted),
                Arc::clone(&addresses),
            ),
            orders: orders.clone(),
            app: app.clone(),
        };
        sockets.into_iter().enumerate().map(plan).collect()
    }

    async fn control(
        &self,
        stop: Control,
        token: &Shutdown,
        mut threads: JoinSet<io::Result<usize>>,
        running: &AtomicUsize,
        notifier: Option<&Arc<Notifier>>,
    ) -> Report {
        #[cfg(feature = "tls")]
        self.watch_certificates(token);
        tell(notifier, Notifier::ready);
        tokio::select! {
            () = self.handle.stopped() => {}
            () = feed_watchdog(notifier.map(Arc::as_ref), token) => {}
            // A worker that ends before it is told to has failed.
            Some(outcome) = threads.join_next() => tracing::error!(?outcome, "a worker ended; the server stops"),
        }
        tell(notifier, Notifier::stopping);
        let (done, waits) = watch::channel(());
        let threads = tokio::spawn(async move {
            let report = collect(threads).await;
            drop(done);
            report
        });
        let all_done = async {
            let mut waits = waits;
            while waits.changed().await.is_ok() {}
        };
        stop.stop(all_done).await;
        let unfinished = token.holds();
        match tokio::time::timeout(Duration::from_secs(1), threads).await {
            Ok(Ok(report)) => Report { unfinished, ..report },
            // Their threads end with the process.
            _ => Report {
                cut: self.handle.metrics().snapshot().connections_open as usize,
                stuck: running.load(Relaxed),
                unfinished,
            },
        }
    }

    #[cfg(feature = "tls")]
    fn watch_certificates(&self, token: &Shutdown) {
        for acceptor in &self.acceptors {
            drop(tokio::spawn(acceptor.clone().watch(token.clone())));
        }
    }

    fn watch_signals(&self, notifier: Option<&Arc<Notifier>>) {
        if !self.signals {
            return;
        }
        #[cfg(feature = "tls")]
        let acceptors = self.acceptors.clone();
        let notifier = notifier.cloned();
        let reload = move || {
            tell(notifier.as_ref(), Notifier::reloading);
            #[cfg(feature = "tls")]
            for acceptor in &acceptors {
                if let Err(error) = acceptor.reload() {
                    tracing::error!(%error, "the certificates were not reloaded; the old ones stay in use");
                }
            }
            tell(notifier.as_ref(), Notifier::ready);
        };
        match super::control::watch_signals(self.handle.clone(), reload) {
            Ok(watch) => drop(tokio::spawn(watch)),
            Err(error) => tracing::error!(%error, "signals cannot be watched"),
        }
    }
}

/// Starts a worker on a thread of its own; the set learns of its end.
fn start<A: App>(
    threads: &mut JoinSet<io::Result<usize>>,
    control: &Runtime,
    running: &Arc<AtomicUsize>,
    plan: Plan<A>,
) -> Result<(), ServerError> {
    let (report, reported) = tokio::sync::oneshot::channel();
    let running = Arc::clone(running);
    std::thread::Builder::new()
        .name(format!("worker-{}", plan.index))
        .spawn(move || {
            let outcome = plan.run();
            running.fetch_sub(1, Relaxed);
            // The receiver is gone only when the server no longer waits.
            drop(report.send(outcome));
        })
        .map_err(ServerError::io)?;
    let ended =
        async move { reported.await.unwrap_or_else(|_| Err(io::Error::other("the worker panicked"))) };
    threads.spawn_on(ended, control.handle());
    Ok(())
}

fn notifier() -> Option<Arc<Notifier>> {
    match Notifier::from_env() {
        Ok(notifier) => notifier.map(Arc::new),
        Err(error) => {
            tracing::warn!(%error, "the service manager cannot be notified");
            None
        }
    }
}

fn tell(notifier: Option<&Arc<Notifier>>, what: impl Fn(&Notifier) -> io::Result<()>) {
    if let Some(Err(error)) = notifier.map(|notifier| what(notifier)) {
        tracing::warn!(%error, "the service manager was not notified");
    }
}

async fn feed_watchdog(notifier: Option<&Notifier>, token: &Shutdown) {
    match notifier {
        Some(notifier) => notifier.feed_watchdog(token.clone()).await,
        None => std::future::pending().await,
    }
    std::future::pending().await
}
