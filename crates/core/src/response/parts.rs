//! [`IntoResponseParts`]: values that add to a response without being its body.

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::{IntoResponse, Problem, Response};

/// A value that adds headers or extensions to a response; it stands before the body in a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand before the body of a response",
    label = "does not implement `IntoResponseParts`",
    note = "a tuple answers as `(headers…, body)` or `(StatusCode, headers…, body)`; headers are a `HeaderMap` or `[(name, value)]`"
)]
pub trait IntoResponseParts {
    /// What is answered instead when the parts cannot be added.
    type Error: IntoResponse;

    /// Adds to the response.
    ///
    /// # Errors
    ///
    /// When the parts are not valid, such as a header value that HTTP does not allow.
    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Self::Error>;
}

/// A response on its way through [`IntoResponseParts`].
#[derive(Debug)]
pub struct ResponseParts {
    response: Response,
}

impl ResponseParts {
    pub(super) const fn new(response: Response) -> Self {
        Self { response }
    }

    pub(super) fn into_response(self) -> Response {
        self.response
    }

    /// The headers so far.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The headers, to change.
    #[must_use]
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.response.headers_mut()
    }

    /// The extensions so far.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        self.response.extensions()
    }

    /// The extensions, to change.
    #[must_use]
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        self.response.extensions_mut()
    }
}

impl IntoResponseParts for () {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        Ok(parts)
    }
}

impl<T: IntoResponseParts> IntoResponseParts for Option<T> {
    type Error = T::Error;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        match self {
            Some(value) => value.into_response_parts(parts),
            None => Ok(parts),
        }
    }
}

/// Each name takes the place of what the response had under it; several values of one name are all kept.
impl IntoResponseParts for HeaderMap {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.headers_mut().extend(self);
        Ok(parts)
    }
}

impl IntoResponseParts for Extensions {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().extend(self);
        Ok(parts)
    }
}

/// Each pair takes the place of what the response had under its name, an earlier pair included; for several
/// values of one name, such as `Set-Cookie`, use a [`HeaderMap`].
///
/// A name or value that HTTP does not allow is answered with a logged 500 problem.
impl<K, V, const N: usize> IntoResponseParts for [(K, V); N]
where
    K: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    type Error = Problem;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        for (name, value) in self {
            let name = name.try_into().map_err(|_| invalid("a header name that HTTP does not allow"))?;
            let Ok(value) = value.try_into() else {
                return Err(invalid(&format!("a value of header {name} that HTTP does not allow")));
            };
            parts.headers_mut().insert(name, value);
        }
        Ok(parts)
    }
}

fn invalid(what: &str) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(format!("the response has {what}"))
}
