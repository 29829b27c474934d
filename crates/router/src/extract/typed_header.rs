//! [`TypedHeader`]: one header as a type of the crate `headers`.

use std::convert::Infallible;

use headers::{Header, HeaderMapExt};
use http::HeaderMap;
use http::request::Parts;
use hyperserve_core::{
    FromRequestParts, IntoResponse, IntoResponseParts, OptionalFromRequestParts, Response, ResponseParts,
};

use super::Rejection;
use super::location::{Location, Part};
use super::transparent::transparent;

/// One header, read as a type of the crate [`headers`](crate::headers), or written as one.
///
/// A request without it is answered with 422 (take `Option<TypedHeader<T>>` if it need not be there), one whose
/// value does not parse with 400; both name `["header", name]`. As a response, or before the body in a tuple, it
/// takes the place of what the response had under its name.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{FromRequestParts, IntoResponse};
/// use hyperserve_router::TypedHeader;
/// use hyperserve_router::headers::{ContentType, UserAgent};
///
/// let request = http::Request::get("/").header("user-agent", "curl/8").body(()).unwrap();
/// let (mut parts, ()) = request.into_parts();
/// let TypedHeader(agent) = TypedHeader::<UserAgent>::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!(agent.as_str(), "curl/8");
///
/// let response = (TypedHeader(ContentType::xml()), "<a/>").into_response();
/// assert_eq!(response.headers()["content-type"], "text/xml");
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypedHeader<T>(pub T);

transparent!(TypedHeader);

impl<S: Sync, T: Header> FromRequestParts<S> for TypedHeader<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        read(&parts.headers)?.ok_or_else(|| Rejection::shape(location::<T>(), "missing header"))
    }
}

impl<S: Sync, T: Header> OptionalFromRequestParts<S> for TypedHeader<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        read(&parts.headers)
    }
}

fn read<T: Header>(headers: &HeaderMap) -> Result<Option<TypedHeader<T>>, Rejection> {
    let value = headers.typed_try_get().map_err(|_| {
        let detail = format!("The header `{}` could not be read.", T::name());
        Rejection::malformed(detail).with_location(location::<T>())
    })?;
    Ok(value.map(TypedHeader))
}

fn location<T: Header>() -> Location {
    Location::new(Part::Header).name(T::name().as_str())
}

impl<T: Header> IntoResponseParts for TypedHeader<T> {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.headers_mut().typed_insert(self.0);
        Ok(parts)
    }
}

impl<T: Header> IntoResponse for TypedHeader<T> {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headers::{ContentLength, ETag};
    use hyperserve_core::{Problem, RequestPartsExt};
    use serde_json::json;

    fn parts(length: Option<&str>) -> Parts {
        let mut request = http::Request::builder();
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[tokio::test]
    async fn there_missing_and_malformed() {
        let TypedHeader(length) = parts(Some("7")).extract::<TypedHeader<ContentLength>>().await.unwrap();
        assert_eq!(length.0, 7);

        let missing = parts(None).extract::<TypedHeader<ContentLength>>().await.unwrap_err();
        assert!(missing.is_shape());
        let problem = Problem::from(missing);
        assert_eq!(problem.status(), 422);
        let errors = json!([{"loc": ["header", "content-length"], "msg": "missing header"}]);
        assert_eq!(problem.extension("errors"), Some(&errors));

        let malformed = parts(Some("x")).extract::<TypedHeader<ContentLength>>().await.unwrap_err();
        assert!(malformed.is_malformed());
        assert_eq!(
            Problem::from(malformed).extension("errors").unwrap()[0]["loc"],
            json!(["header", "content-length"])
        );
    }

    #[tokio::test]
    async fn an_option_forgives_absence_alone() {
        assert_eq!(parts(None).extract::<Option<TypedHeader<ContentLength>>>().await.unwrap(), None);
        let malformed = parts(Some("x")).extract::<Option<TypedHeader<ContentLength>>>().await.unwrap_err();
        assert_eq!(malformed.status(), 400);
    }

    #[test]
    fn in_a_response_it_replaces() {
        let tag: ETag = "\"a\"".parse().unwrap();
        let response = (TypedHeader(tag), [("etag", "\"b\"")], ()).into_response();
        assert_eq!(response.headers()["etag"], "\"b\"");
        assert_eq!(response.headers().len(), 1);
    }
}
