//! [`Error`]: why a WebSocket failed.

use crate::CloseCode;
use std::fmt;
use std::io;

/// Why a WebSocket failed. The peer has been told with the [`close_code`](Self::close_code), where there is one.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The connection failed.
    Io(io::Error),
    /// The connection ended without a Close frame, as when a process dies.
    Lost,
    /// The peer broke the protocol (RFC 6455), and how.
    Protocol(&'static str),
    /// Text that is not UTF-8.
    InvalidUtf8,
    /// A message or a frame over its limit.
    TooLarge,
    /// Compressed data that cannot be inflated.
    Inflate,
    /// The peer was silent after a ping.
    PingTimeout,
    /// There was no message for the idle timeout.
    IdleTimeout,
    /// The peer does not read what is sent.
    WriteTimeout,
    /// Sending on a socket that is closed or closing.
    Closed,
    /// A message that is not the JSON that was asked for.
    #[cfg(feature = "json")]
    Json(serde_json::Error),
}

impl Error {
    /// What the peer is told, if it can be. After a message that is not the JSON wanted the connection goes on: it is what to close with for those
    /// who want to.
    #[must_use]
    pub const fn close_code(&self) -> Option<CloseCode> {
        match self {
            Self::Protocol(_) => Some(CloseCode::PROTOCOL_ERROR),
            Self::InvalidUtf8 | Self::Inflate => Some(CloseCode::INVALID_DATA),
            Self::TooLarge => Some(CloseCode::TOO_LARGE),
            Self::IdleTimeout => Some(CloseCode::NORMAL),
            #[cfg(feature = "json")]
            Self::Json(_) => Some(CloseCode::INVALID_DATA),
            Self::Io(_) | Self::Lost | Self::PingTimeout | Self::WriteTimeout | Self::Closed => None,
        }
    }

    /// What the peer is told beside the code.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Protocol(what) => what,
            Self::InvalidUtf8 => "text that is not UTF-8",
            Self::TooLarge => "a message over the limit",
            Self::Inflate => "data that cannot be inflated",
            Self::IdleTimeout => "no message for the idle timeout",
            _ => "",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Io(error) => return write!(f, "the connection failed: {error}"),
            Self::Protocol(what) => return write!(f, "the peer broke the protocol: {what}"),
            #[cfg(feature = "json")]
            Self::Json(error) => return write!(f, "the message is not the JSON wanted: {error}"),
            Self::Lost => "the connection ended without a Close frame",
            Self::InvalidUtf8 => "the peer sent text that is not UTF-8",
            Self::TooLarge => "the peer sent a message over the limit",
            Self::Inflate => "the peer sent compressed data that cannot be inflated",
            Self::PingTimeout => "the peer did not answer a ping",
            Self::IdleTimeout => "there was no message for the idle timeout",
            Self::WriteTimeout => "the peer does not read what it is sent",
            Self::Closed => "the socket is closed",
        })
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            #[cfg(feature = "json")]
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
