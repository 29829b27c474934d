//! [`Connect`]: how a WebSocket is to be opened.

use super::deadline::Deadline;
use super::offer::{Agreement, Offer};
use super::target::Target;
#[cfg(feature = "client-tls")]
use super::tls::{self, Trust};
use super::{ConnectError, Reconnect, http1, http2, network};
use crate::connection::{Connection, Terms};
use crate::{Role, WebSocket, WebSocketConfig};
use http::header::{
    AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, ORIGIN, PROXY_AUTHORIZATION, TRANSFER_ENCODING, UPGRADE,
};
use http::header::{CONNECTION, TE};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// Opens WebSockets to a server.
///
/// One `Connect` opens as many as are wanted, so it can be kept for the next time.
///
/// ```no_run
/// use hyperserve_ws::{Connect, Message};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let connect = Connect::new("ws://127.0.0.1:8080/chat")
///     .with_header("authorization", "Bearer 5f2c")
///     .with_protocols(["chat.v2", "chat.v1"]);
/// let (mut socket, answer) = connect.connect().await?;
/// println!("{:?} {:?}", socket.protocol(), answer.headers());
/// socket.send("hello").await?;
/// while let Some(message) = socket.recv().await {
///     println!("{:?}", message?.as_str());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Connect {
    url: String,
    pub(super) headers: HeaderMap,
    pub(super) protocols: Vec<String>,
    pub(super) config: Arc<WebSocketConfig>,
    timeout: Duration,
    http2: bool,
    #[cfg(feature = "client-tls")]
    trust: Trust,
    /// What is wrong with a header or a subprotocol.
    fault: Option<String>,
}

impl Connect {
    /// An address such as `ws://a.example/chat` or, with the feature `client-tls`, `wss://a.example/chat?room=7`.
    /// `http:` and `https:` stand for the same, as they do in browsers.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            headers: HeaderMap::new(),
            protocols: Vec::new(),
            config: Arc::default(),
            timeout: Duration::from_secs(10),
            http2: false,
            #[cfg(feature = "client-tls")]
            trust: Trust::default(),
            fault: None,
        }
    }

    /// Adds a header to the request. Those of the handshake itself cannot be set: `Host`, `Connection`, `Upgrade`,
    /// `Sec-WebSocket-*`, and those that tell of a body.
    ///
    /// `Authorization`, `Proxy-Authorization` and `Cookie` are kept out of logs and of HTTP/2's header table.
    pub fn with_header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        let Ok(name) = name.try_into() else { return self.or_fault("a header whose name is malformed") };
        if is_of_the_handshake(&name) {
            return self.or_fault(format!("the header `{name}` belongs to the handshake"));
        }
        let Ok(mut value) = value.try_into() else {
            return self.or_fault(format!("the value of the header `{name}` is malformed"));
        };
        if [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(&name) {
            value.set_sensitive(true);
        }
        self.headers.append(name, value);
        self
    }

    /// Sends `Origin`, as browsers do. Without it a server takes the client for no browser.
    pub fn with_origin<V: TryInto<HeaderValue>>(mut self, origin: V) -> Self {
        self.headers.remove(ORIGIN);
        self.with_header(ORIGIN, origin)
    }

    /// Offers these subprotocols, the one that is liked best first. The server may choose one of them or none:
    /// [`WebSocket::protocol`] tells.
    pub fn with_protocols<I>(mut self, protocols: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.protocols = protocols.into_iter().map(Into::into).collect();
        let all = &self.protocols;
        let bad =
            |(index, protocol): &(usize, &String)| !is_token(protocol) || all[..*index].contains(protocol);
        match all.iter().enumerate().find(bad) {
            None => self,
            Some((_, protocol)) => {
                let fault =
                    format!("the subprotocol `{}` is no token, or is there twice", protocol.escape_debug());
                self.or_fault(fault)
            }
        }
    }

    /// Sets the bounds and habits of the socket, what is offered of compression among them. Its
    /// [`origins`](WebSocketConfig::origins) mean nothing to a client.
    pub fn with_config(mut self, config: impl Into<Arc<WebSocketConfig>>) -> Self {
        self.config = config.into();
        self
    }

    /// Sets the time that it may take in all, from the look-up of the name to the server's answer: 10 s by default.
    /// Zero is no bound.
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Speaks HTTP/2 (RFC 8441), over TLS by ALPN and in clear text by prior knowledge. A server that cannot do it is an
    /// error: there is no way back to HTTP/1.1.
    pub const fn with_http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    /// Trusts this certificate, in PEM, to sign the server's, and no longer those that the system trusts. PEM of several
    /// certificates, or another call, adds more of them. A self-signed certificate signs for itself.
    #[cfg(feature = "client-tls")]
    pub fn with_root_certificate(mut self, pem: impl AsRef<[u8]>) -> Self {
        let mut all = match self.trust {
            Trust::Certificates(pem) => pem,
            Trust::System | Trust::Config(_) => Vec::new(),
        };
        all.extend_from_slice(pem.as_ref());
        all.push(b'\n');
        self.trust = Trust::Certificates(all);
        self
    }

    /// Uses this configuration of rustls: for client certificates, or for rules of one's own. Its ALPN protocols are
    /// replaced by the one that is spoken.
    #[cfg(feature = "client-tls")]
    pub fn with_tls(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.trust = Trust::Config(config);
        self
    }

    /// Opens a WebSocket. With it comes the head of the server's answer, for cookies and other headers.
    ///
    /// All addresses of the host's name are tried in turn. Redirects are not followed, and proxies are not looked for. It
    /// is cancel safe: when it is dropped the connection is closed.
    ///
    /// # Errors
    ///
    /// When the address or the request is malformed, the server cannot be reached or is not trusted, it refuses, it agrees
    /// to what was not asked for (RFC 6455 §4.1), or it takes too long.
    pub async fn connect(&self) -> Result<(WebSocket, Response<()>), ConnectError> {
        let (target, deadline) = self.begin()?;
        let stream = network::dial(&target, deadline).await?;
        // 17 KiB of state that nobody needs once the socket is there.
        Box::pin(self.open(stream, &target, deadline)).await
    }

    /// Opens a WebSocket over a stream that leads to the server: a Unix socket, a tunnel through a proxy, an in-memory
    /// pipe. The address then says what the server is asked for, and if it is `wss:`, TLS is spoken on the stream.
    ///
    /// ```no_run
    /// # #[cfg(unix)]
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let stream = tokio::net::UnixStream::connect("/run/chat.sock").await?;
    /// let (socket, _) = hyperserve_ws::Connect::new("ws://localhost/chat").over(stream).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn over<T>(&self, stream: T) -> Result<(WebSocket, Response<()>), ConnectError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (target, deadline) = self.begin()?;
        Box::pin(self.open(stream, &target, deadline)).await
    }

    /// Opens WebSockets one after the other, each when the last one is lost.
    pub const fn reconnect(self) -> Reconnect {
        Reconnect::new(self)
    }

    fn begin(&self) -> Result<(Target, Deadline), ConnectError> {
        match &self.fault {
            Some(fault) => Err(ConnectError::Request(fault.clone())),
            None => Ok((Target::parse(&self.url)?, Deadline::after(self.timeout))),
        }
    }

    async fn open<T>(
        &self,
        stream: T,
        target: &Target,
        deadline: Deadline,
    ) -> Result<(WebSocket, Response<()>), ConnectError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        #[cfg(feature = "client-tls")]
        if target.is_secure {
            let shaking = tls::shake_hands(stream, target, &self.trust, self.http2);
            return self.ask(deadline.bound(shaking).await?, target, deadline).await;
        }
        self.ask(stream, target, deadline).await
    }

    async fn ask<T>(
        &self,
        stream: T,
        target: &Target,
        deadline: Deadline,
    ) -> Result<(WebSocket, Response<()>), ConnectError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let offer = Offer { connect: self, target };
        let (transport, agreement, answer) = if self.http2 {
            http2::open(stream, offer, deadline).await?
        } else {
            http1::open(stream, offer, deadline).await?
        };
        let Agreement { compression: agreed, protocol } = agreement;
        let terms = Terms { agreed, ..Terms::new(Role::Client, Arc::clone(&self.config)) };
        let socket = WebSocket::new(Connection::new(transport, terms), protocol.map(String::into_boxed_str));
        Ok((socket, answer))
    }

    /// Keeps what is wrong for [`connect`](Self::connect) to tell; the first fault is the one that is told.
    fn or_fault(mut self, fault: impl Into<String>) -> Self {
        self.fault.get_or_insert_with(|| fault.into());
        self
    }
}

impl fmt::Debug for Connect {
    /// Without the address's query, in which services have tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split_once('?').map_or(self.url.as_str(), |(url, _)| url);
        f.debug_struct("Connect")
            .field("url", &url)
            .field("headers", &self.headers)
            .field("protocols", &self.protocols)
            .field("config", &self.config)
            .field("timeout", &self.timeout)
            .field("http2", &self.http2)
            .finish_non_exhaustive()
    }
}

fn is_of_the_handshake(name: &HeaderName) -> bool {
    [HOST, CONNECTION, UPGRADE, CONTENT_LENGTH, TRANSFER_ENCODING, TE].contains(name)
        || name.as_str().starts_with("sec-websocket-")
}

/// A token (RFC 9110 §5.6.2), which is what a header's name is too, except that its case counts.
fn is_token(text: &str) -> bool {
    HeaderName::from_bytes(text.as_bytes()).is_ok()
}
