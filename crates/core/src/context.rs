//! [`RequestContext`]: the one typed value that the server puts into a request's extensions.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use http::{HeaderMap, Uri};

use crate::{ConnInfo, Interim, RouteMatch, Shutdown, TrustedProxies, WebSocketConfig};

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
    route: Option<RouteMatch>,
    /// Set only when the request's own URI was changed after it came.
    original_uri: Option<Box<Uri>>,
    connect_protocol: Option<Box<str>>,
}

#[derive(Clone, Debug)]
struct Shared {
    conn: Arc<ConnInfo>,
    shutdown: Shutdown,
    trusted: Arc<TrustedProxies>,
    multipart: MultipartLimits,
    form_fields: usize,
    websocket: Arc<WebSocketConfig>,
    interim: Option<Arc<dyn Interim>>,
}

/// The most fields of a form that extractors read unless told otherwise: 1000.
pub const DEFAULT_FORM_FIELDS: usize = 1000;

/// Bounds on what a `multipart/form-data` body may be made of, beside the limit on the whole body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MultipartLimits {
    /// Parts of one body. 128 by default.
    pub parts: usize,
    /// Bytes of one part that is collected into memory. 1 MiB by default.
    pub field: usize,
    /// Bytes of one part that stay in memory when it is spooled; a longer one goes to a file. 256 KiB by default.
    pub spool_threshold: usize,
}

impl Default for MultipartLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl MultipartLimits {
    /// What holds unless told otherwise.
    pub const DEFAULT: Self = Self { parts: 128, field: 1024 * 1024, spool_threshold: 256 * 1024 };

    /// Sets how many parts one body may have.
    #[must_use]
    pub const fn with_parts(mut self, parts: usize) -> Self {
        self.parts = parts;
        self
    }

    /// Sets how many bytes of one part are collected into memory.
    #[must_use]
    pub const fn with_field(mut self, bytes: usize) -> Self {
        self.field = bytes;
        self
    }

    /// Sets up to how many bytes a part stays in memory when it is spooled; 0 for none.
    #[must_use]
    pub const fn with_spool_threshold(mut self, bytes: usize) -> Self {
        self.spool_threshold = bytes;
        self
    }
}

static UNKNOWN_CONNECTION: LazyLock<Arc<ConnInfo>> = LazyLock::new(Arc::default);
static TRUST_NOBODY: LazyLock<Arc<TrustedProxies>> = LazyLock::new(Arc::default);
static USUAL_WEBSOCKET: LazyLock<Arc<WebSocketConfig>> = LazyLock::new(Arc::default);

impl RequestContext {
    /// A context of this connection: never shut down, no proxy trusted, [`DEFAULT_BODY_LIMIT`].
    pub fn new(conn: Arc<ConnInfo>) -> Self {
        let shared = Shared {
            conn,
            shutdown: Shutdown::never(),
            trusted: Arc::clone(&TRUST_NOBODY),
            multipart: MultipartLimits::default(),
            form_fields: DEFAULT_FORM_FIELDS,
            websocket: Arc::clone(&USUAL_WEBSOCKET),
            interim: None,
        };
        Self {
            shared: Arc::new(shared),
            body_limit: DEFAULT_BODY_LIMIT,
            started: None,
            route: None,
            original_uri: None,
            connect_protocol: None,
        }
    }

    /// The context in a request's extensions.
    #[must_use]
    pub fn of(extensions: &http::Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The context in a request's extensions, to be changed. A request that has none, since it came through no server
    /// of ours, gets one of an unknown connection.
    pub fn of_mut(extensions: &mut http::Extensions) -> &mut Self {
        extensions.get_or_insert_with(|| Self::new(Arc::clone(&UNKNOWN_CONNECTION)))
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

    /// Sets the bounds on multipart bodies.
    pub fn with_multipart(mut self, limits: MultipartLimits) -> Self {
        Arc::make_mut(&mut self.shared).multipart = limits;
        self
    }

    /// Sets how many fields a form (`application/x-www-form-urlencoded`) may have.
    pub fn with_form_fields(mut self, fields: usize) -> Self {
        Arc::make_mut(&mut self.shared).form_fields = fields;
        self
    }

    /// Sets what bounds WebSockets.
    pub fn with_websocket(mut self, config: Arc<WebSocketConfig>) -> Self {
        Arc::make_mut(&mut self.shared).websocket = config;
        self
    }

    /// Sets what sends interim responses.
    pub fn with_interim(mut self, interim: Arc<dyn Interim>) -> Self {
        Arc::make_mut(&mut self.shared).interim = Some(interim);
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

    /// Whether the connection has interim responses: HTTP/1.1 does.
    #[must_use]
    pub fn has_interim(&self) -> bool {
        self.shared.interim.is_some()
    }

    /// Tells the client what it may fetch while the response is prepared: 103 with these fields, `Link` for one
    /// (RFC 8297). They leave when the handler waits for the first time after the call.
    ///
    /// False if they cannot be sent: the connection has no interim responses, the client speaks HTTP/1.0, or the response
    /// has begun.
    pub fn early_hints(&self, fields: &HeaderMap) -> bool {
        self.shared.interim.as_ref().is_some_and(|interim| interim.early_hints(fields))
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

    /// The bounds on multipart bodies.
    #[must_use]
    pub fn multipart(&self) -> MultipartLimits {
        self.shared.multipart
    }

    /// How many fields a form may have. 1000 by default.
    #[must_use]
    pub fn form_fields(&self) -> usize {
        self.shared.form_fields
    }

    /// What bounds WebSockets.
    #[must_use]
    pub fn websocket(&self) -> &Arc<WebSocketConfig> {
        &self.shared.websocket
    }

    /// The route that answers the request, once a router has found it.
    pub const fn route(&self) -> Option<&RouteMatch> {
        self.route.as_ref()
    }

    /// Sets the most bytes of a body that extractors read, for this request.
    pub const fn set_body_limit(&mut self, bytes: usize) {
        self.body_limit = bytes;
    }

    /// Sets the route that answers the request.
    pub fn set_route(&mut self, route: RouteMatch) {
        self.route = Some(route);
    }

    /// The URI as the client sent it, if the request's own was changed since.
    #[must_use]
    pub fn original_uri(&self) -> Option<&Uri> {
        self.original_uri.as_deref()
    }

    /// Keeps the URI as the client sent it; who changes a request's URI calls this before. The first call counts.
    pub fn keep_original_uri(&mut self, uri: &Uri) {
        self.original_uri.get_or_insert_with(|| Box::new(uri.clone()));
    }

    /// What an extended CONNECT asks for (RFC 8441 §4): `websocket`. `None` for every other request.
    #[must_use]
    pub fn connect_protocol(&self) -> Option<&str> {
        self.connect_protocol.as_deref()
    }

    /// Whether it is an extended CONNECT to a WebSocket, which is answered by what answers GET.
    #[must_use]
    pub fn connects_to_websocket(&self) -> bool {
        self.connect_protocol() == Some("websocket")
    }

    /// Marks the request as an extended CONNECT, as a server of HTTP/2 does.
    pub fn set_connect_protocol(&mut self, protocol: impl Into<Box<str>>) {
        self.connect_protocol = Some(protocol.into());
    }
}
