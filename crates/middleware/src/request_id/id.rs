//! [`RequestId`]: the id of one request, and how a handler takes it.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use http::request::Parts;
use http::{Extensions, HeaderValue, StatusCode};
use hyperserve_core::{FromRequestParts, IntoResponse, OptionalFromRequestParts, Problem, Response};

/// The id of a request: 1 to 128 characters of visible ASCII, `!` to `~`.
///
/// A handler takes it as an argument, or as `Option<RequestId>` where there may be none.
///
/// ```
/// use hyperserve_middleware::request_id::RequestId;
///
/// let id: RequestId = "order-7".parse()?;
/// assert_eq!(id.as_str(), "order-7");
/// assert!("order 7".parse::<RequestId>().is_err());
/// # Ok::<(), hyperserve_middleware::request_id::RequestIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId {
    value: HeaderValue,
}

impl RequestId {
    /// The most characters of an id: 128.
    pub const MAX_LENGTH: usize = 128;

    /// The id of the request with these extensions, if it has one.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.value.to_str().unwrap_or_default()
    }

    /// The id as the value of a header; a clone of it copies no bytes.
    #[must_use]
    pub const fn as_header(&self) -> &HeaderValue {
        &self.value
    }

    /// The id of a text that is one, as whoever makes ids knows.
    pub(super) fn of_graphic(text: &[u8]) -> Option<Self> {
        debug_assert!(Self::is_one(text), "{text:?}");
        HeaderValue::from_bytes(text).ok().map(|value| Self { value })
    }

    pub(super) fn is_one(text: &[u8]) -> bool {
        (1..=Self::MAX_LENGTH).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
    }
}

impl TryFrom<HeaderValue> for RequestId {
    type Error = RequestIdError;

    fn try_from(value: HeaderValue) -> Result<Self, RequestIdError> {
        if Self::is_one(value.as_bytes()) { Ok(Self { value }) } else { Err(RequestIdError(())) }
    }
}

impl TryFrom<&str> for RequestId {
    type Error = RequestIdError;

    fn try_from(text: &str) -> Result<Self, RequestIdError> {
        HeaderValue::from_str(text).map_err(|_| RequestIdError(()))?.try_into()
    }
}

impl TryFrom<String> for RequestId {
    type Error = RequestIdError;

    fn try_from(text: String) -> Result<Self, RequestIdError> {
        HeaderValue::try_from(text).map_err(|_| RequestIdError(()))?.try_into()
    }
}

impl FromStr for RequestId {
    type Err = RequestIdError;

    fn from_str(text: &str) -> Result<Self, RequestIdError> {
        text.try_into()
    }
}

impl From<RequestId> for HeaderValue {
    fn from(id: RequestId) -> Self {
        id.value
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestId").field(&self.as_str()).finish()
    }
}

/// A text that cannot be the id of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestIdError(());

impl fmt::Display for RequestIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request id is 1 to 128 characters of visible ASCII")
    }
}

impl Error for RequestIdError {}

/// The request has no id: no [`RequestIdLayer`](super::RequestIdLayer) is around its handler. Answers 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingRequestId;

impl fmt::Display for MissingRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request has no id: put a RequestIdLayer around the handler")
    }
}

impl Error for MissingRequestId {}

impl IntoResponse for MissingRequestId {
    fn into_response(self) -> Response {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(self).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = MissingRequestId;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, MissingRequestId> {
        Self::of(&parts.extensions).cloned().ok_or(MissingRequestId)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(Self::of(&parts.extensions).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_ascii_and_not_long() {
        let longest = "x".repeat(RequestId::MAX_LENGTH);
        for text in ["a", "!", "~", "\"<script>\\,;", &longest] {
            assert_eq!(text.parse::<RequestId>().unwrap().as_str(), text);
        }
        let too_long = "x".repeat(RequestId::MAX_LENGTH + 1);
        for text in ["", " ", "a b", "a\tb", "a\r\nb", "a\0", "\u{7f}", "é", &too_long] {
            assert!(text.parse::<RequestId>().is_err(), "{text:?}");
            assert!(RequestId::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
