//! [`RawQuery`]: the query as the client sent it.

use std::convert::Infallible;

use http::request::Parts;
use hyperserve_core::FromRequestParts;

/// The query without its question mark, still percent-encoded; `None` if there is no question mark.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::FromRequestParts;
/// use hyperserve_router::RawQuery;
///
/// let (mut parts, ()) = http::Request::get("/search?q=a%20b").body(()).unwrap().into_parts();
/// let RawQuery(query) = RawQuery::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!(query.as_deref(), Some("q=a%20b"));
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawQuery(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for RawQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.query().map(str::to_owned)))
    }
}
