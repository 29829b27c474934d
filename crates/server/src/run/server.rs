//! The server with workers of its own.

use super::bound::BoundServer;
use super::control::Report;
use super::error::ServerError;
use super::listener::Listener;
use crate::listen::{TcpOptions, UnixOptions};
use crate::{App, Limits};
use hyperserve_core::TrustedProxies;
use std::num::NonZeroUsize;

/// Builds a server that runs on workers of its own: one thread with one runtime a core, each with its own listening
/// sockets, so that a connection never crosses a thread.
///
/// ```no_run
/// use hyperserve_core::Request;
/// use hyperserve_server::{Server, app_fn};
///
/// Server::new().listen("127.0.0.1:8080").run(app_fn(async |_: Request| "Hello, World!"))?;
/// # Ok::<(), hyperserve_server::ServerError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a server does nothing until it is run"]
pub struct Server {
    pub(super) listeners: Vec<Listener>,
    pub(super) limits: Limits,
    pub(super) workers: Option<NonZeroUsize>,
    pub(super) pinned: bool,
    pub(super) without_signals: bool,
    pub(super) without_date: bool,
    pub(super) trusted: TrustedProxies,
    pub(super) tcp: TcpOptions,
    pub(super) unix: UnixOptions,
}

impl Server {
    /// A server with the safe defaults, and no address yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an address to listen on, or a [`Listener`] with TLS and more. May be called many times.
    pub fn listen(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// Replaces the limits.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many workers to run. By default one for each core this process may use, 1 at least.
    pub fn with_workers(mut self, workers: usize) -> Self {
        self.workers = NonZeroUsize::new(workers);
        self
    }

    /// Pins each worker to a core of its own. Off by default: it helps on a machine that serves nothing else, and hurts on
    /// one that does.
    pub fn with_pinned_workers(mut self, on: bool) -> Self {
        self.pinned = on;
        self
    }

    /// The proxies whose word about the client counts: `Forwarded`, `X-Forwarded-*` and the PROXY protocol. None by default.
    pub fn with_trusted_proxies(mut self, trusted: TrustedProxies) -> Self {
        self.trusted = trusted;
        self
    }

    /// Options of TCP listeners.
    pub fn with_tcp_options(mut self, options: TcpOptions) -> Self {
        self.tcp = options;
        self
    }

    /// Options of Unix listeners.
    pub fn with_unix_options(mut self, options: UnixOptions) -> Self {
        self.unix = options;
        self
    }

    /// Whether SIGTERM and SIGINT drain the server and SIGHUP reloads its certificates. On by default.
    pub fn with_signals(mut self, on: bool) -> Self {
        self.without_signals = !on;
        self
    }

    /// Whether responses that have no `Date` get one. On by default: an origin server with a clock must (RFC 9110 §6.6.1).
    pub fn with_date_header(mut self, on: bool) -> Self {
        self.without_date = !on;
        self
    }

    /// Opens the listeners and loads the certificates, without serving yet.
    ///
    /// # Errors
    ///
    /// No address, a bad or taken one, or a certificate that cannot be used.
    pub fn bind(self) -> Result<BoundServer, ServerError> {
        BoundServer::new(self)
    }

    /// Binds and serves until the server is told to stop and has drained. Blocks the thread.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind), and when the system gives no threads.
    pub fn run<A: App>(self, app: A) -> Result<Report, ServerError> {
        self.bind()?.run(app)
    }
}
