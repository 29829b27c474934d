//! [`BodyError`]: why a body could not be read, with predicates instead of public variants.

use std::error::Error;
use std::{fmt, io, str};

use http::StatusCode;

use crate::{BoxError, IntoResponse, Problem, Response};

/// Why a body could not be read.
///
/// As a response: 408 when the client was too slow, 413 when it sent too much, otherwise 400.
pub struct BodyError {
    kind: Kind,
}

enum Kind {
    TooLarge {
        limit: u64,
    },
    NotUtf8(str::Utf8Error),
    /// The peer gave up an HTTP/2 stream, which no `io::Error` tells of.
    StreamCut(BoxError),
    Other(BoxError),
}

impl BodyError {
    /// Wraps any error; a `BodyError` inside the box is unwrapped, not nested.
    #[must_use]
    pub fn new(error: impl Into<BoxError>) -> Self {
        match error.into().downcast::<Self>() {
            Ok(own) => *own,
            Err(error) => Self { kind: Kind::Other(error) },
        }
    }

    /// The body is longer than `limit` bytes.
    #[must_use]
    pub const fn too_large(limit: u64) -> Self {
        Self { kind: Kind::TooLarge { limit } }
    }

    pub(crate) const fn not_utf8(error: str::Utf8Error) -> Self {
        Self { kind: Kind::NotUtf8(error) }
    }

    pub(super) fn stream_cut(error: impl Into<BoxError>) -> Self {
        Self { kind: Kind::StreamCut(error.into()) }
    }

    /// The body is longer than allowed.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind, Kind::TooLarge { .. })
            || self.has_source(&|error| error.is::<http_body_util::LengthLimitError>())
    }

    /// The client did not send the body in time: an [`io::ErrorKind::TimedOut`] is among the sources.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.has_source(&|error| {
            error.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
                || error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
        })
    }

    /// The connection or the stream ended before the body did.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        if matches!(self.kind, Kind::StreamCut(_)) {
            return !self.is_timed_out();
        }
        self.has_source(&|error| {
            error.downcast_ref::<io::Error>().is_some_and(|io| {
                matches!(io.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
            }) || error
                .downcast_ref::<hyper::Error>()
                .is_some_and(|hyper| hyper.is_incomplete_message() || hyper.is_closed())
        })
    }

    /// Text was asked for and the bytes are not UTF-8.
    #[must_use]
    pub const fn is_not_utf8(&self) -> bool {
        matches!(self.kind, Kind::NotUtf8(_))
    }

    fn has_source(&self, test: &dyn Fn(&(dyn Error + 'static)) -> bool) -> bool {
        match &self.kind {
            Kind::Other(error) | Kind::StreamCut(error) => any_source(&**error, test),
            Kind::TooLarge { .. } | Kind::NotUtf8(_) => false,
        }
    }

    fn problem(&self) -> Problem {
        if self.is_timed_out() {
            Problem::new(StatusCode::REQUEST_TIMEOUT).with_detail("The request body did not arrive in time.")
        } else if let Kind::TooLarge { limit } = self.kind {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE)
                .with_detail(format!("The request body is longer than {limit} bytes."))
                .with_extension("limit", limit)
        } else if self.is_too_large() {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE).with_detail("The request body is too long.")
        } else if self.is_not_utf8() {
            Problem::new(StatusCode::BAD_REQUEST).with_detail("The request body is not valid UTF-8.")
        } else {
            Problem::new(StatusCode::BAD_REQUEST).with_detail("The request body could not be read.")
        }
    }
}

/// Walks an error and its sources. `io::Error::source` skips the error it wraps, so that one is asked apart.
fn any_source(error: &(dyn Error + 'static), test: &dyn Fn(&(dyn Error + 'static)) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if test(error) {
            return true;
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    false
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::TooLarge { limit } => write!(f, "body is longer than {limit} bytes"),
            Kind::NotUtf8(_) => f.write_str("body is not valid UTF-8"),
            Kind::StreamCut(_) => f.write_str("stream ended before its body did"),
            Kind::Other(_) => f.write_str("body could not be read"),
        }
    }
}

impl fmt::Debug for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::TooLarge { limit } => f.debug_tuple("BodyError::TooLarge").field(limit).finish(),
            Kind::NotUtf8(error) => f.debug_tuple("BodyError::NotUtf8").field(error).finish(),
            Kind::StreamCut(error) => f.debug_tuple("BodyError::StreamCut").field(error).finish(),
            Kind::Other(error) => f.debug_tuple("BodyError").field(error).finish(),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::TooLarge { .. } => None,
            Kind::NotUtf8(error) => Some(error),
            Kind::Other(error) | Kind::StreamCut(error) => Some(&**error),
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        error.problem().with_cause(error)
    }
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
