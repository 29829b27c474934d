//! [`Offer`]: the request that asks for a WebSocket, and the look at what the server made of it (RFC 6455 §4.1).

use super::ConnectError;
use super::connect::Connect;
use super::target::Target;
use crate::deflate::{self, Agreed};
use crate::handshake;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{
    CONNECTION, HOST, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::Empty;
use hyper::ext::Protocol;
use std::io;

/// A request for a WebSocket has no body.
pub(super) type Ask = Request<Empty<Bytes>>;

/// What is asked for, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer<'a> {
    pub(super) connect: &'a Connect,
    pub(super) target: &'a Target,
}

/// What client and server have agreed on.
#[derive(Debug)]
pub(super) struct Agreement {
    pub(super) compression: Option<Agreed>,
    pub(super) protocol: Option<String>,
}

impl Offer<'_> {
    /// The request over HTTP/1.1.
    pub(super) fn http1(&self, key: &HeaderValue) -> Result<Ask, ConnectError> {
        let mut ask = Request::get(self.target.path.as_str()).body(Empty::new()).map_err(unwritable)?;
        let headers = ask.headers_mut();
        headers.insert(HOST, HeaderValue::try_from(self.target.authority()).map_err(unwritable)?);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_KEY, key.clone());
        self.describe(headers)?;
        Ok(ask)
    }

    /// The request over HTTP/2: extended CONNECT, without key and connection fields (RFC 8441 §5).
    pub(super) fn http2(&self) -> Result<Ask, ConnectError> {
        let ask = Request::builder().method(Method::CONNECT).uri(self.target.http_url());
        let mut ask =
            ask.extension(Protocol::from_static("websocket")).body(Empty::new()).map_err(unwritable)?;
        self.describe(ask.headers_mut())?;
        Ok(ask)
    }

    fn describe(&self, headers: &mut HeaderMap) -> Result<(), ConnectError> {
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        if !self.connect.protocols.is_empty() {
            let protocols = self.connect.protocols.join(", ");
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::try_from(protocols).map_err(unwritable)?);
        }
        if let Some(compression) = &self.connect.config.compression {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, deflate::offer(compression));
        }
        headers.extend(self.connect.headers.clone());
        Ok(())
    }

    /// What the answer agrees to: nothing but what was offered.
    pub(super) fn confirm(&self, answer: &HeaderMap) -> Result<Agreement, ConnectError> {
        let compression = match &self.connect.config.compression {
            Some(compression) => deflate::confirm(answer, compression).map_err(ConnectError::Handshake)?,
            None if answer.contains_key(SEC_WEBSOCKET_EXTENSIONS) => {
                return Err(ConnectError::Handshake("an extension that was not offered"));
            }
            None => None,
        };
        Ok(Agreement { compression, protocol: self.protocol(answer)? })
    }

    fn protocol(&self, answer: &HeaderMap) -> Result<Option<String>, ConnectError> {
        let mut fields = answer.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let Some(chosen) = fields.next() else { return Ok(None) };
        let offered = self.connect.protocols.iter().find(|offered| chosen == offered.as_str());
        match (offered, fields.next()) {
            (Some(offered), None) => Ok(Some(offered.clone())),
            _ => Err(ConnectError::Handshake("a subprotocol that was not offered")),
        }
    }
}

/// A key that nobody can foresee (RFC 6455 §4.1): 16 bytes in Base64.
pub(super) fn key() -> Result<HeaderValue, ConnectError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| ConnectError::Io(io::Error::other(error.to_string())))?;
    HeaderValue::try_from(BASE64_STANDARD.encode(bytes)).map_err(unwritable)
}

/// Whether a 101 is an answer to this key (RFC 6455 §4.1), and not what a server that knows nothing of WebSocket, or an
/// old cache, may say.
pub(super) fn check_switch(answer: &HeaderMap, key: &HeaderValue) -> Result<(), ConnectError> {
    if !handshake::has_token(answer, UPGRADE, "websocket") {
        return Err(ConnectError::Handshake("the answer does not say `Upgrade: websocket`"));
    }
    if !handshake::has_token(answer, CONNECTION, "upgrade") {
        return Err(ConnectError::Handshake("the answer does not say `Connection: Upgrade`"));
    }
    let mut accepts = answer.get_all(SEC_WEBSOCKET_ACCEPT).iter();
    match (accepts.next(), accepts.next()) {
        (Some(accept), None) if *accept == handshake::accept_key(key.as_bytes()) => Ok(()),
        _ => Err(ConnectError::Handshake("`Sec-WebSocket-Accept` does not fit the key")),
    }
}

/// What was checked before: it is an error all the same, never a panic.
fn unwritable(error: impl Into<http::Error>) -> ConnectError {
    ConnectError::Io(io::Error::new(io::ErrorKind::InvalidInput, error.into()))
}
