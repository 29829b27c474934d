//! [`IntoResponse`]: what handlers may return.

mod parts;
mod tuples;

use std::borrow::Cow;
use std::convert::Infallible;

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{Body, BoxError, Response};

pub use self::parts::{IntoResponseParts, ResponseParts};

/// A value that can be answered.
///
/// Text and bytes answer with their media type (`text/plain; charset=utf-8`, `application/octet-stream`),
/// [`Body`] without one. A `StatusCode` or headers alone answer with an empty body. Tuples put a status and
/// headers before any other answer: `(StatusCode, headers…, body)`. Of a `Result` both sides answer.
///
/// ```
/// use http::{StatusCode, header};
/// use hyperserve_core::{IntoResponse, Problem, Response};
///
/// fn created(id: u32) -> Result<impl IntoResponse, Problem> {
///     if id == 0 {
///         return Err(Problem::new(StatusCode::NOT_FOUND));
///     }
///     Ok((StatusCode::CREATED, [(header::LOCATION, format!("/items/{id}"))], "created"))
/// }
/// assert_eq!(created(7).into_response().headers()["location"], "/items/7");
/// assert_eq!(created(0).into_response().status(), 404);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be answered",
    label = "does not implement `IntoResponse`",
    note = "return text, bytes, a `StatusCode`, a `Response`, a `Problem`, or a tuple `(StatusCode, headers, body)` of these",
    note = "of a `Result`, the error must answer too: turn yours into a `Problem`",
    note = "or write `impl IntoResponse for {Self}`"
)]
pub trait IntoResponse {
    /// Makes the response.
    #[must_use]
    fn into_response(self) -> Response;
}

impl<B> IntoResponse for http::Response<B>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn into_response(self) -> Response {
        self.map(Body::new)
    }
}

impl IntoResponse for http::response::Parts {
    fn into_response(self) -> Response {
        Response::from_parts(self, Body::empty())
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => error.into_response(),
        }
    }
}

impl IntoResponse for Infallible {
    fn into_response(self) -> Response {
        match self {}
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Response {
        Response::new(Body::empty())
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        Response::new(self)
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self;
        response
    }
}

impl IntoResponse for HeaderMap {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = self;
        response
    }
}

impl IntoResponse for Extensions {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.extensions_mut() = self;
        response
    }
}

impl<K, V, const N: usize> IntoResponse for [(K, V); N]
where
    K: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

fn typed(content_type: HeaderValue, body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

macro_rules! typed_response {
    ($content_type:literal: $($body:ty),+) => {$(
        impl IntoResponse for $body {
            fn into_response(self) -> Response {
                typed(HeaderValue::from_static($content_type), Body::from(self))
            }
        }
    )+};
}

typed_response!("text/plain; charset=utf-8": &'static str, String, Cow<'static, str>);
typed_response!("application/octet-stream": Bytes, Vec<u8>, &'static [u8], Box<[u8]>);

impl IntoResponse for Box<str> {
    fn into_response(self) -> Response {
        String::from(self).into_response()
    }
}

#[cfg(test)]
mod tests;
