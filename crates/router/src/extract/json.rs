//! [`Json`]: JSON bodies (RFC 8259), both ways.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use hyperserve_core::{Body, FromRequest, IntoResponse, OptionalFromRequest, Problem, Request, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::location::Part;
use super::transparent::transparent;
use super::{Rejection, media_type, shape};

const MEDIA_TYPE: &str = "application/json";

/// What the buffer of a response begins with; small answers then need no second allocation.
const CAPACITY: usize = 128;

/// A JSON value, as the body of a request or of a response.
///
/// A request must say that its body is `application/json`, or a type whose name ends in `+json`; parameters do not
/// matter. The body is read whole, at most as many bytes as the body limit allows. Rejections are
///
/// - 415 for another media type, or none;
/// - 400 for what is not JSON in UTF-8, with line and column, also for what stands after the value, and for nesting
///   deeper than 128;
/// - 422 for JSON of another shape, with the place in `errors`: `{"loc": ["body", "user", "tags", 0], "msg": "…"}`.
///
/// `Option<Json<T>>` is `None` for a request without a content type and without a body.
///
/// As a response it is `application/json`; a value that cannot be written, such as a map whose keys are not text, is
/// answered with a logged 500.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{Body, FromRequest, IntoResponse, Request};
/// use hyperserve_router::Json;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, Serialize)]
/// struct Item { name: String, tags: Vec<u8> }
///
/// let request = |body: &'static str| {
///     Request::post("/items").header("content-type", "application/json").body(Body::from(body)).unwrap()
/// };
/// let Json(item) = Json::<Item>::from_request(request(r#"{"name":"a","tags":[1]}"#), &()).await.unwrap();
/// assert_eq!(Json(item).into_response().body().as_bytes().unwrap(), r#"{"name":"a","tags":[1]}"#);
///
/// let rejection = Json::<Item>::from_request(request(r#"{"name":"a","tags":["x"]}"#), &()).await.err().unwrap();
/// assert_eq!(rejection.status(), 422);
/// assert_eq!(rejection.to_string(), r#"body.tags[0]: invalid type: string "x", expected u8"#);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

transparent!(Json);

impl<T: DeserializeOwned> Json<T> {
    /// Reads JSON from anywhere, such as a message of a WebSocket; rejections are as of a body.
    ///
    /// # Errors
    ///
    /// When it is not JSON in UTF-8, or not of the wanted shape.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejection> {
        // Checked as a whole, since serde_json would skip the check in values that `T` ignores.
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Rejection::malformed("The request body is not valid UTF-8."))?;
        serde_json::from_str(text).map(Self).map_err(|error| rejection::<T>(text, &error))
    }
}

/// Looks for the reason of a failure, in passes of their own, so that only failures pay for it.
#[cold]
fn rejection<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Rejection {
    if let Err(syntax) = serde_json::from_str::<IgnoredAny>(text) {
        return malformed(if error.is_data() { &syntax } else { error });
    }
    // What is well-formed is 422, also where serde_json speaks of syntax: of a number out of range, say.
    if error.is_syntax() && error.to_string().starts_with("recursion limit") {
        return malformed(error);
    }
    let mut json = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) => shape::rejection(Part::Body, error.path(), &without_position(error.inner())),
        Ok(_) => malformed(error),
    }
}

fn malformed(error: &serde_json::Error) -> Rejection {
    Rejection::malformed(format!("The request body is not valid JSON: {error}."))
}

/// The message alone; where the value stands, `loc` says better than line and column.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&position).unwrap_or(&message).to_owned()
}

impl<S, T> FromRequest<S> for Json<T>
where
    S: Sync,
    T: DeserializeOwned,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !media_type::is_json(request.headers()) {
            return Err(Rejection::media_type(MEDIA_TYPE));
        }
        let body = Bytes::from_request(request, state).await?;
        Self::from_bytes(&body)
    }
}

impl<S, T> OptionalFromRequest<S> for Json<T>
where
    S: Sync,
    T: DeserializeOwned,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Self::Rejection> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            return <Self as FromRequest<S>>::from_request(request, state).await.map(Some);
        }
        match request.into_body().collect(0).await {
            Ok(_) => Ok(None),
            Err(error) if error.is_too_large() => Err(Rejection::media_type(MEDIA_TYPE)),
            Err(error) => Err(error.into()),
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut buffer = Vec::with_capacity(CAPACITY);
        if let Err(error) = serde_json::to_writer(&mut buffer, &self.0) {
            return Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error).into_response();
        }
        let mut response = Response::new(Body::from(buffer));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        response
    }
}

#[cfg(test)]
mod tests;
