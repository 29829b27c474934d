//! [`RequestContext`]: the one typed value that the server puts into a request's extensions.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use crate::{ConnInfo, Shutdown, TrustedProxies};

/// The most bytes of a body that extractors read unless told otherwise: 2 MiB.
pub const DEFAULT_BODY_LIMIT: usize = 2 * 1024 * 1024;

/// What a request knows about its surroundings: the connection, shutdown, trusted proxies, limits.
///
/// A connection makes one and every request gets a clone, which costs one reference count.
///
/// ```
/// use std::sync::Arc;
/// use hyperserve_core::{Body, ConnInfo, Request, RequestContext};
///
/// let context = RequestContext::new(Arc::new(ConnInfo::default())).with_body_limit(64 * 1024);
/// let mut request = Request::new(Body::empty());
/// request.extensions_mut().insert(context.clone());
/// assert_eq!(RequestContext::of(request.extensions()).unwrap().body_limit(), 64 * 1024);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RequestContext {
    shared: Arc<Shared>,
    body_limit: usize,
    started: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Shared {
    conn: Arc<ConnInfo>,
    shutdown: Shutdown,
    trusted: Arc<TrustedProxies>,
}

static TRUST_NOBODY: LazyLock<Arc<TrustedProxies>> = LazyLock::new(Arc::default);

impl RequestContext {
    /// A context of this connection: never shut down, no proxy trusted, [`DEFAULT_BODY_LIMIT`].
    pub fn new(conn: Arc<ConnInfo>) -> Self {
        let shared = Shared { conn, shutdown: Shutdown::never(), trusted: Arc::clone(&TRUST_NOBODY) };
        Self { shared: Arc::new(shared), body_limit: DEFAULT_BODY_LIMIT, started: None }
    }

    /// The context in a request's extensions.
    #[must_use]
    pub fn of(extensions: &http::Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Sets the shutdown token.
    pub fn with_shutdown(mut self, shutdown: Shutdown) -> Self {
        Arc::make_mut(&mut self.shared).shutdown = shutdown;
        self
    }

    /// Sets whose forwarded headers count.
    pub fn with_trusted(mut self, trusted: Arc<TrustedProxies>) -> Self {
        Arc::make_mut(&mut self.shared).trusted = trusted;
        self
    }

    /// Sets the most bytes of a body that extractors read; `usize::MAX` lifts the limit.
    pub const fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets when the request began.
    pub const fn with_started(mut self, started: Instant) -> Self {
        self.started = Some(started);
        self
    }

    /// The connection.
    #[must_use]
    pub fn conn(&self) -> &Arc<ConnInfo> {
        &self.shared.conn
    }

    /// The shutdown token.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.shared.shutdown
    }

    /// Whose forwarded headers count.
    pub fn trusted(&self) -> &TrustedProxies {
        &self.shared.trusted
    }

    /// The most bytes of a body that extractors read.
    #[must_use]
    pub const fn body_limit(&self) -> usize {
        self.body_limit
    }

    /// When the request's head had arrived, if somebody needed to know (reading the clock costs time).
    #[must_use]
    pub const fn started(&self) -> Option<Instant> {
        self.started
    }
}
