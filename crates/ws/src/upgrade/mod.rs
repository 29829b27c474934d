//! [`WebSocketUpgrade`]: the handshake, from the server's side.

mod origin;
mod outcome;
mod request;

pub use self::outcome::Outcome;

use self::origin::Origin;
use self::request::{Asked, check, connects};
use crate::connection::{Connection, Goodbye, Terms, Transport};
use crate::deflate::{self, Agreed};
use crate::handshake::{accept_key, tokens};
use crate::metrics;
use crate::{Compression, Origins, Role, WebSocket, WebSocketConfig};
use http::header::{
    CONNECTION, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyperserve_core::{
    Body, FromRequestParts, IntoResponse, OptionalFromRequestParts, Problem, RequestContext, Response,
    Shutdown,
};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A request that asks for a WebSocket, over HTTP/1.1 (RFC 6455 §4) or HTTP/2 (RFC 8441).
///
/// Taking it checks the handshake. [`on_upgrade`](Self::on_upgrade) answers yes; any other response is a no. As an
/// `Option<WebSocketUpgrade>` it is `None` for requests that ask for something else.
///
/// ```
/// use hyperserve_core::Response;
/// use hyperserve_ws::WebSocketUpgrade;
///
/// async fn echo(upgrade: WebSocketUpgrade) -> Response {
///     upgrade.on_upgrade(async |mut socket| {
///         while let Some(message) = socket.recv().await {
///             socket.send(message?).await?;
///         }
///         Ok::<_, hyperserve_ws::Error>(())
///     })
/// }
/// ```
///
/// # Answers to what is no handshake
///
/// | Request | Answer |
/// |---|---|
/// | asks for no WebSocket | 426 with `Upgrade: websocket` |
/// | another version than 13 | 426, on HTTP/2 400, with `Sec-WebSocket-Version: 13` |
/// | no key, two, or a bad one | 400 |
/// | another method than GET | 405 |
/// | a page of another origin | 403, see [`with_origins`](Self::with_origins) |
#[must_use = "the client waits for an answer: `on_upgrade` gives one"]
pub struct WebSocketUpgrade {
    asked: Asked,
    upgrade: OnUpgrade,
    config: Arc<WebSocketConfig>,
    shutdown: Shutdown,
    origin: Origin,
    origin_field: Option<HeaderValue>,
    offered: Vec<String>,
    chosen: Option<String>,
    extensions: http::HeaderMap,
}

impl WebSocketUpgrade {
    /// Replaces the bounds and habits, which are the server's until then.
    pub fn with_config(mut self, config: impl Into<Arc<WebSocketConfig>>) -> Self {
        self.config = config.into();
        self
    }

    /// Sets how many bytes a message, and so a frame, may have.
    pub fn with_max_message(mut self, bytes: usize) -> Self {
        let config = Arc::make_mut(&mut self.config);
        (config.max_message, config.max_frame) = (bytes, bytes);
        self
    }

    /// Sets which pages may connect: those of the same host unless told otherwise.
    pub fn with_origins(mut self, origins: Origins) -> Self {
        Arc::make_mut(&mut self.config).origins = origins;
        self
    }

    /// Sets what may be agreed on of compression.
    pub fn with_compression(mut self, compression: Option<Compression>) -> Self {
        Arc::make_mut(&mut self.config).compression = compression;
        self
    }

    /// Names the subprotocols that are spoken here, the best first; the first that the client offers too is chosen.
    pub fn with_protocols<T: AsRef<str>>(mut self, protocols: impl IntoIterator<Item = T>) -> Self {
        let offered = &self.offered;
        self.chosen = protocols
            .into_iter()
            .find_map(|ours| offered.iter().find(|theirs| *theirs == ours.as_ref()).cloned());
        self
    }

    /// The subprotocol that was chosen; `None` when there is none that both ends speak.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.chosen.as_deref()
    }

    /// The subprotocols that the client offers, the best first.
    pub fn offered_protocols(&self) -> impl Iterator<Item = &str> {
        self.offered.iter().map(String::as_str)
    }

    /// The `Origin` field: which page asks, if a page does.
    #[must_use]
    pub const fn origin(&self) -> Option<&HeaderValue> {
        self.origin_field.as_ref()
    }

    /// The bounds and habits in force.
    pub fn config(&self) -> &WebSocketConfig {
        &self.config
    }

    /// Answers yes, and runs `handler` with the socket in a task of its own. An error it ends with
    /// is logged, and closes the socket with 1011.
    ///
    /// The answer is 403 instead, and `handler` is dropped, when the page is none that may connect.
    pub fn on_upgrade<H, F>(self, handler: H) -> Response
    where
        H: FnOnce(WebSocket) -> F + Send + 'static,
        F: Future<Output: Outcome> + Send + 'static,
    {
        if !self.origin.is_allowed(&self.config.origins) {
            metrics::origin_refused();
            let detail = "Pages of this origin may not open a WebSocket here.";
            return Problem::new(StatusCode::FORBIDDEN).with_detail(detail).into_response();
        }
        let (agreed, answer) = self.agree().unzip();
        let response = self.response(answer);
        let failed = Arc::new(AtomicBool::new(false));
        let terms = Terms {
            role: Role::Server,
            config: self.config,
            agreed,
            goodbye: Some(Goodbye::new(self.shutdown)),
            failed: Some(Arc::clone(&failed)),
        };
        let protocol = self.chosen.map(String::into_boxed_str);
        tokio::spawn(async move {
            match self.upgrade.await {
                Ok(upgraded) => {
                    let connection = Connection::new(Transport::Upgraded(TokioIo::new(upgraded)), terms);
                    let outcome = handler(WebSocket::new(connection, protocol)).await;
                    failed.store(outcome.is_failure(), Relaxed);
                    outcome.conclude();
                }
                Err(error) => tracing::debug!(%error, "the connection did not become a WebSocket"),
            }
        });
        response
    }

    fn agree(&self) -> Option<(Agreed, HeaderValue)> {
        deflate::accept(&self.extensions, self.config.compression.as_ref()?)
    }

    fn response(&self, extensions: Option<HeaderValue>) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        if let Some(extensions) = extensions {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, extensions);
        }
        if let Some(protocol) = self.chosen.as_ref().and_then(|name| HeaderValue::from_str(name).ok()) {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        if let Asked::Upgrade(key) = &self.asked {
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept_key(key.as_bytes()));
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        }
        response
    }
}

impl<S: Sync> FromRequestParts<S> for WebSocketUpgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let asked = check(parts)?;
        let Some(upgrade) = parts.extensions.remove::<OnUpgrade>() else {
            let detail = "This connection cannot become a WebSocket.";
            return Err(Problem::new(StatusCode::NOT_IMPLEMENTED).with_detail(detail));
        };
        let context = RequestContext::of(&parts.extensions);
        Ok(Self {
            asked,
            upgrade,
            config: context.map_or_else(Arc::default, |context| Arc::clone(context.websocket())),
            shutdown: context.map_or_else(Shutdown::never, |context| context.shutdown().clone()),
            origin: Origin::of(parts),
            origin_field: parts.headers.get(ORIGIN).cloned(),
            offered: tokens(&parts.headers, SEC_WEBSOCKET_PROTOCOL).map(str::to_owned).collect(),
            chosen: None,
            extensions: parts
                .headers
                .get_all(SEC_WEBSOCKET_EXTENSIONS)
                .iter()
                .map(|value| (SEC_WEBSOCKET_EXTENSIONS, value.clone()))
                .collect(),
        })
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for WebSocketUpgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(upgrade) => Ok(Some(upgrade)),
            Err(_) if !asks(parts) => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

/// Whether the request asks for a WebSocket, rightly or wrongly.
fn asks(parts: &Parts) -> bool {
    connects(parts) || crate::handshake::has_token(&parts.headers, UPGRADE, "websocket")
}

impl fmt::Debug for WebSocketUpgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketUpgrade")
            .field("asked", &self.asked)
            .field("offered", &self.offered)
            .field("chosen", &self.chosen)
            .finish_non_exhaustive()
    }
}
