//! A server whose listeners are open.

use super::control::{Control, Report, collect};
use super::error::ServerError;
use super::handle::Handle;
use super::listener::Listener;
use super::server::Server;
use super::worker::{Order, Plan};
use crate::conn::{Addresses, Drain, Manners, Scope};
use crate::listen::{Bound, Inherited, ListenOptions, Socket, SocketFile};
use crate::redirect::Redirect;
use crate::system::{Notifier, allowed_cpus, available_cores, raise_descriptor_limit};
use crate::{App, Limits, Metrics};
use hyperserve_core::{Shutdown, ShutdownTrigger, TrustedProxies};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A server that holds its addresses and waits for its application.
#[derive(Debug)]
#[must_use = "a server does nothing until it is run"]
pub struct BoundServer {
    limits: Arc<Limits>,
    workers: usize,
    pinned: bool,
    signals: bool,
    trusted: Arc<TrustedProxies>,
    /// For each worker, its socket of each address.
    sockets: Vec<Vec<(Socket, Arc<Manners>)>>,
    addresses: Vec<Address>,
    /// Removed when the server ends.
    _files: Vec<SocketFile>,
    #[cfg(feature = "tls")]
    acceptors: Vec<crate::tls::Acceptor>,
    handle: Handle,
}

/// An address that is being listened on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// The TCP address with its real port; `None` for Unix sockets.
    pub tcp: Option<SocketAddr>,
    /// As it is written: `127.0.0.1:8080`, `unix:/run/app.sock`.
    pub name: String,
    /// Whether it speaks TLS.
    pub is_secure: bool,
}

impl Address {
    /// `http://127.0.0.1:8080` and the like; a Unix socket's name as it is.
    #[must_use]
    pub fn url(&self) -> String {
        match self.tcp {
            Some(_) => format!("{}://{}", if self.is_secure { "https" } else { "http" }, self.name),
            None => self.name.clone(),
        }
    }
}

impl BoundServer {
    pub(super) fn new(server: Server) -> Result<Self, ServerError> {
        if server.listeners.is_empty() {
            return Err(ServerError::message(
                "there is no address to listen on: name one, such as 127.0.0.1:8080",
            ));
        }
        if let Err(error) = raise_descriptor_limit() {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
        let workers = server.workers.unwrap_or_else(available_cores).get();
        let options = ListenOptions::new().with_tcp(server.tcp).with_unix(server.unix).with_workers(workers);
        let mut bound = Self {
            limits: Arc::new(server.limits),
            workers,
            pinned: server.pinned,
            signals: !server.without_signals,
            trusted: Arc::new(server.trusted),
            sockets: (0..workers).map(|_| Vec::new()).collect(),
            addresses: Vec::new(),
            _files: Vec::new(),
            #[cfg(feature = "tls")]
            acceptors: Vec::new(),
            handle: Handle::new(Metrics::new(workers)),
        };
        let mut inherited = Inherited::from_env();
        for listener in server.listeners {
            bound.open(listener, &options, &mut inherited)?;
        }
        Ok(bound)
    }

    fn open(
        &mut self,
        listener: Listener,
        options: &ListenOptions,
        inherited: &mut Inherited,
    ) -> Result<(), ServerError> {
        let manners = self.manners(&listener)?;
        let address = listener.address.map_err(ServerError::message)?;
        for opened in address.open(options, inherited).map_err(ServerError::io)? {
            self.add(opened, &manners);
        }
        Ok(())
    }

    fn manners(&mut self, listener: &Listener) -> Result<Arc<Manners>, ServerError> {
        let manners = Manners {
            #[cfg(feature = "tls")]
            tls: self.acceptor(listener)?,
            proxy_protocol: listener.proxy_protocol,
            redirect: listener.redirect.map(|port| Arc::new(Redirect::to_port(port))),
        };
        Ok(Arc::new(manners))
    }

    #[cfg(feature = "tls")]
    fn acceptor(&mut self, listener: &Listener) -> Result<Option<crate::tls::Acceptor>, ServerError> {
        let Some(config) = &listener.tls else { return Ok(None) };
        let config = config.clone().with_alpn(cfg!(feature = "http2"));
        let acceptor = config.load().map_err(ServerError::caused)?;
        self.acceptors.push(acceptor.clone());
        Ok(Some(acceptor))
    }

    fn add(&mut self, opened: Bound, manners: &Arc<Manners>) {
        #[cfg(feature = "tls")]
        let is_secure = manners.tls.is_some();
        #[cfg(not(feature = "tls"))]
        let is_secure = false;
        let tcp = opened.tcp_address();
        let (sockets, file) = opened.into_parts();
        let name = sockets.first().map(Socket::to_string).unwrap_or_default();
        self.addresses.push(Address { tcp, name, is_secure });
        self._files.extend(file);
        for (worker, socket) in self.sockets.iter_mut().zip(sockets) {
            worker.push((socket, Arc::clone(manners)));
        }
    }

    /// What is listened on, in the order it was asked for; port 0 has become a real port.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// How many workers will run.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Stops the server from elsewhere, and reads its counters.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Serves until the server is told to stop and has drained. Blocks the thread.
    ///
    /// # Errors
    ///
    /// When the system gives no thread or no runtime.
    #[expect(clippy::needless_pass_by_value, reason = "the server owns what it serves")]
    pub fn run<A: App>(mut self, app: A) -> Result<Report, ServerError> {
        let control = Builder::new_current_thread().enable_all().build().map_err(ServerError::io)?;
        let (orders, given) = watch::channel(Order::Serve);
        let (trigger, token) = ShutdownTrigger::new();
        let drain = Arc::new(Drain::default());
        let mut threads = JoinSet::new();
        for plan in self.plans(&drain, &token, &given, &app) {
            start(&mut threads, &control, plan)?;
        }
        let stop = Control {
            limits: Arc::clone(&self.limits),
            handle: self.handle.clone(),
            drain,
            orders,
            shutdown: trigger,
            metrics: self.handle.metrics().clone(),
        };
        let report = control.block_on(self.control(stop, &token, threads));
        control.shutdown_background();
        Ok(report)
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
    ) -> Report {
        let notifier = Notifier::from_env().unwrap_or_else(|error| {
            tracing::warn!(%error, "the service manager cannot be notified");
            None
        });
        self.watch_certificates(token);
        let notifier = notifier.map(Arc::new);
        self.watch_signals(notifier.as_ref());
        self.handle.set_ready(true);
        tell(notifier.as_ref(), Notifier::ready);
        tokio::select! {
            () = self.handle.stopped() => {}
            () = feed_watchdog(notifier.as_deref(), token) => {}
            // A worker that ends before it is told to has failed.
            Some(outcome) = threads.join_next() => tracing::error!(?outcome, "a worker ended; the server stops"),
        }
        tell(notifier.as_ref(), Notifier::stopping);
        let (done, waits) = watch::channel(());
        let threads = tokio::spawn(async move {
            let report = collect(threads, Duration::MAX).await;
            drop(done);
            report
        });
        let all_done = async {
            let mut waits = waits;
            while waits.changed().await.is_ok() {}
        };
        stop.stop(all_done).await;
        match tokio::time::timeout(Duration::from_secs(1), threads).await {
            Ok(Ok(report)) => report,
            _ => Report { cut: self.handle.metrics().snapshot().connections_open as usize, stuck: 1 },
        }
    }

    #[cfg(feature = "tls")]
    fn watch_certificates(&self, token: &Shutdown) {
        for acceptor in &self.acceptors {
            drop(tokio::spawn(acceptor.clone().watch(token.clone())));
        }
    }

    #[cfg(not(feature = "tls"))]
    fn watch_certificates(&self, _: &Shutdown) {}

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
    control: &tokio::runtime::Runtime,
    plan: Plan<A>,
) -> Result<(), ServerError> {
    let (report, reported) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name(format!("worker-{}", plan.index))
        .spawn(move || {
            // The receiver is gone only when the server no longer waits.
            drop(report.send(plan.run()));
        })
        .map_err(ServerError::io)?;
    let ended =
        async move { reported.await.unwrap_or_else(|_| Err(io::Error::other("the worker panicked"))) };
    threads.spawn_on(ended, control.handle());
    Ok(())
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
