//! [`LastEventId`]: where a client that reconnects to an event stream left off.

use http::request::Parts;
use hyperserve_core::FromRequestParts;

use super::Rejection;
use super::location::{Location, Part};

/// The id of the last event that the client of an event stream saw, from the header `Last-Event-ID` (WHATWG HTML
/// §9.2.4); `None` when it connects for the first time, or when no event had an id.
///
/// The id is what [`Event::id`](crate::Event::id) set, but it comes from the client: check it as any other input.
/// The value is UTF-8; one that is not answers 400.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{FromRequestParts, Request};
/// use hyperserve_router::LastEventId;
///
/// let request = Request::builder().header("last-event-id", "41").body(()).unwrap();
/// let (mut parts, ()) = request.into_parts();
/// let LastEventId(id) = LastEventId::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!(id.as_deref(), Some("41"));
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let Some(value) = parts.headers.get("last-event-id") else { return Ok(Self(None)) };
        let id = std::str::from_utf8(value.as_bytes()).map_err(|error| {
            Rejection::malformed("The header Last-Event-ID is not valid UTF-8.")
                .with_location(Location::new(Part::Header).name("last-event-id"))
                .with_source(error)
        })?;
        Ok(Self(Some(id).filter(|id| !id.is_empty()).map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, Request};

    async fn id_of(value: Option<&[u8]>) -> Result<Option<String>, Rejection> {
        let (mut parts, ()) = Request::new(()).into_parts();
        if let Some(value) = value {
            parts.headers.insert("last-event-id", HeaderValue::from_bytes(value).unwrap());
        }
        LastEventId::from_request_parts(&mut parts, &()).await.map(|LastEventId(id)| id)
    }

    #[tokio::test]
    async fn ids_are_text_or_none() {
        assert_eq!(id_of(None).await.unwrap(), None);
        assert_eq!(id_of(Some(b"")).await.unwrap(), None);
        assert_eq!(id_of(Some(b"7")).await.unwrap().as_deref(), Some("7"));
        assert_eq!(id_of(Some("é".as_bytes())).await.unwrap().as_deref(), Some("é"));
        let rejection = id_of(Some(b"\xe9")).await.unwrap_err();
        assert!(rejection.is_malformed() && rejection.status() == 400);
    }
}
