//! [`ConnectError`]: why no WebSocket was opened.

use bytes::Bytes;
use http::{Response, StatusCode};
use std::error::Error;
use std::fmt;
use std::io;

/// Why no WebSocket was opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is none that can be connected to, and what is wrong with it.
    Url(&'static str),
    /// What was asked for cannot be written in a request: a header, or a subprotocol.
    Request(String),
    /// The name of the host has no address.
    Resolve(io::Error),
    /// The connection failed: nobody listens, or it was lost, or ended by the server, before there was an answer.
    Io(io::Error),
    /// The TLS handshake failed: most often the server's certificate is not trusted or for another name.
    Tls(io::Error),
    /// It took longer than [`with_timeout`](super::Connect::with_timeout) allows.
    Timeout,
    /// The server answered with something else than a WebSocket: 401, 404, 302 (redirects are not followed) …
    ///
    /// Of the answer's body it holds at most 16 KiB, and what came within 5 s.
    Refused(Box<Response<Bytes>>),
    /// What the server sent is not HTTP/1.1, or its head has more than 64 KiB or 100 fields.
    Http(Box<dyn Error + Send + Sync>),
    /// The server agreed to something else than was asked for (RFC 6455 §4.1), or cannot do what was asked for.
    Handshake(&'static str),
}

impl ConnectError {
    /// The answer's status, when the server refused.
    ///
    /// ```
    /// use hyperserve_ws::ConnectError;
    ///
    /// assert_eq!(ConnectError::Timeout.status(), None);
    /// ```
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(response) => Some(response.status()),
            _ => None,
        }
    }

    /// Whether it may go better later: the network failed, time ran out, or the server is overloaded or broken (408, 429,
    /// or 5xx without 501 and 505). Anything else takes a change of the request or of the server.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Resolve(_) | Self::Io(_) | Self::Timeout => true,
            Self::Refused(response) => match response.status().as_u16() {
                501 | 505 => false,
                status => matches!(status, 408 | 429 | 500..=599),
            },
            _ => false,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(what) => write!(f, "not the address of a WebSocket: {what}"),
            Self::Request(what) => write!(f, "the request cannot be made: {what}"),
            Self::Resolve(error) => write!(f, "the host's name was not resolved: {error}"),
            Self::Io(error) => write!(f, "the connection failed: {error}"),
            Self::Tls(error) => write!(f, "the TLS handshake failed: {error}"),
            Self::Timeout => f.write_str("the WebSocket was not open in time"),
            Self::Refused(response) => write!(f, "the server refused the WebSocket: {}", response.status()),
            Self::Http(error) => write!(f, "the server's answer is no HTTP: {error}"),
            Self::Handshake(what) => write!(f, "the WebSocket handshake failed: {what}"),
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Resolve(error) | Self::Io(error) | Self::Tls(error) => Some(error),
            Self::Http(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<hyper::Error> for ConnectError {
    /// hyper tells of a broken connection, a connection that the server ends, and broken HTTP in one type, and says what
    /// happened in its sources only.
    fn from(error: hyper::Error) -> Self {
        if error.is_incomplete_message() || error.is_canceled() {
            return Self::Io(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "closed before the server answered",
            ));
        }
        if error.is_parse() {
            return Self::Http(error.into());
        }
        let causes = || std::iter::successors(error.source(), |&cause| cause.source());
        if let Some(cause) = causes().find_map(|cause| cause.downcast_ref::<io::Error>()) {
            return Self::Io(io::Error::new(cause.kind(), cause.to_string()));
        }
        match causes().last() {
            Some(cause) => Self::Io(io::Error::other(format!("{error}: {cause}"))),
            None => Self::Io(io::Error::other(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> ConnectError {
        let response = Response::builder().status(status).body(Bytes::new()).unwrap();
        ConnectError::Refused(Box::new(response))
    }

    #[test]
    fn some_failures_pass() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(refused(status).is_transient(), "{status}");
        }
        for status in [200, 302, 400, 401, 403, 404, 426, 501, 505] {
            assert!(!refused(status).is_transient(), "{status}");
        }
        assert!(ConnectError::Timeout.is_transient());
        assert!(!ConnectError::Handshake("").is_transient());
    }

    #[test]
    fn it_says_what_happened() {
        assert_eq!(refused(403).to_string(), "the server refused the WebSocket: 403 Forbidden");
        assert_eq!(refused(403).status(), Some(StatusCode::FORBIDDEN));
        let error = ConnectError::Io(io::ErrorKind::ConnectionRefused.into());
        assert_eq!(error.to_string(), "the connection failed: connection refused");
        assert!(error.source().is_some());
    }
}
