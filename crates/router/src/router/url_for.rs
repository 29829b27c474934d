//! [`UrlFor`]: paths of named routes.

use std::sync::Arc;

use http::StatusCode;
use http::request::Parts;
use hyperserve_core::{FromRequestParts, Problem, RequestContext};

use crate::pattern::UrlError;
use crate::table::{LocalTable, Table};

/// Makes paths of named routes, so that no handler writes another's path down.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_router::{Redirect, Router, UrlError, UrlFor, get};
/// use tower::ServiceExt as _;
///
/// async fn latest(urls: UrlFor) -> Result<Redirect, String> {
///     let path = urls.path("post", [("slug", "a b")]).map_err(|error| error.to_string())?;
///     Ok(Redirect::temporary(&path))
/// }
///
/// let app = Router::new()
///     .route("/latest", get(latest))
///     .route("/posts/{slug}", get(|| async { "a post" }).name("post"))
///     .build();
/// let request = http::Request::get("/latest").body(hyperserve_core::Body::empty()).unwrap();
/// assert_eq!(app.oneshot(request).await.unwrap().headers()["location"], "/posts/a%20b");
/// # }
/// ```
#[derive(Clone)]
pub struct UrlFor {
    table: Arc<Table>,
}

impl UrlFor {
    /// The path of the route of this name, with its captures replaced by the values, percent-encoded.
    ///
    /// # Errors
    ///
    /// No such route, a capture without a value, a value without a capture, an empty value, or one that is not of the
    /// capture's type.
    pub fn path<'n, V: ToString>(
        &self,
        name: &str,
        values: impl IntoIterator<Item = (&'n str, V)>,
    ) -> Result<String, UrlError> {
        let values: Vec<_> = values.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        self.table.url(name, &values)
    }
}

/// Rejected with 500 where no router of this crate has found the route.
impl<S: Sync> FromRequestParts<S> for UrlFor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let route = RequestContext::of(&parts.extensions).and_then(RequestContext::route);
        let local = route.and_then(|route| route.table::<LocalTable>());
        let table = local.map(|local| Arc::clone(local.table()));
        table.map(|table| Self { table }).ok_or_else(|| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause("UrlFor is known in routes alone")
        })
    }
}

impl std::fmt::Debug for UrlFor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UrlFor").finish_non_exhaustive()
    }
}
