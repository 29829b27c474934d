//! [`OriginalUri`]: the URI before anything was stripped from it.

use std::convert::Infallible;

use http::Uri;
use http::request::Parts;
use hyperserve_core::{FromRequestParts, RequestContext};

/// The URI as the client sent it, also where the request's own `Uri` was changed: below a mounted prefix, say.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use http::Uri;
/// use hyperserve_core::{FromRequestParts, RequestContext};
/// use hyperserve_router::OriginalUri;
///
/// let (mut parts, ()) = http::Request::get("/files/a.txt").body(()).unwrap().into_parts();
/// RequestContext::of_mut(&mut parts.extensions).keep_original_uri(&parts.uri);
/// parts.uri = Uri::from_static("/a.txt");
///
/// let OriginalUri(uri) = OriginalUri::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!(uri, "/files/a.txt");
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalUri(pub Uri);

impl<S: Sync> FromRequestParts<S> for OriginalUri {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let kept = RequestContext::of(&parts.extensions).and_then(RequestContext::original_uri);
        Ok(Self(kept.unwrap_or(&parts.uri).clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_core::RequestPartsExt;

    #[tokio::test]
    async fn a_uri_that_nobody_changed_is_the_request_s_own() {
        let (mut parts, ()) = http::Request::get("/a?b").body(()).unwrap().into_parts();
        assert_eq!(parts.extract::<OriginalUri>().await.unwrap().0, "/a?b");
        let _ = RequestContext::of_mut(&mut parts.extensions);
        assert_eq!(parts.extract::<OriginalUri>().await.unwrap().0, "/a?b");
    }
}
