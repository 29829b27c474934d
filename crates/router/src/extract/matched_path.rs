//! [`MatchedPath`]: the pattern of the route that answers.

use std::convert::Infallible;
use std::fmt;

use http::request::Parts;
use hyperserve_core::{FromRequestParts, OptionalFromRequestParts, RequestContext, RouteMatch};

use super::Rejection;

/// The pattern of the route that answers, as it was registered, prefixes included: `/users/{id}`.
///
/// There are as many of them as there are routes, so they make good labels of metrics, which paths do not.
/// A fallback has none: there, take `Option<MatchedPath>`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::FromRequestParts;
/// use hyperserve_router::MatchedPath;
/// # use std::sync::Arc;
/// # use hyperserve_core::{RequestContext, RouteMatch, RouteTable};
/// # struct OneRoute;
/// # impl RouteTable for OneRoute {
/// #     fn pattern(&self, _: usize) -> &str { "/users/{id}" }
/// #     fn names(&self, _: usize) -> &[Box<str>] { &[] }
/// # }
///
/// let (mut parts, ()) = http::Request::get("/users/7").body(()).unwrap().into_parts();
/// # RequestContext::of_mut(&mut parts.extensions).set_route(RouteMatch::new(Arc::new(OneRoute), 0));
/// let matched = MatchedPath::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!(matched.as_str(), "/users/{id}");
/// # }
/// ```
#[derive(Clone)]
pub struct MatchedPath(RouteMatch);

impl MatchedPath {
    /// The pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.pattern()
    }
}

impl fmt::Debug for MatchedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MatchedPath").field(&self.as_str()).finish()
    }
}

impl fmt::Display for MatchedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AsRef<str> for MatchedPath {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<S: Sync> FromRequestParts<S> for MatchedPath {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        matched(parts).ok_or_else(|| Rejection::misuse("`MatchedPath` is taken where no route has matched"))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for MatchedPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(matched(parts))
    }
}

fn matched(parts: &Parts) -> Option<MatchedPath> {
    RequestContext::of(&parts.extensions)?.route().cloned().map(MatchedPath)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_core::RequestPartsExt;

    #[tokio::test]
    async fn without_a_route_there_is_none() {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        assert!(parts.extract::<Option<MatchedPath>>().await.unwrap().is_none());
        let rejection = parts.extract::<MatchedPath>().await.unwrap_err();
        assert!(rejection.is_misuse());
        assert_eq!(rejection.status(), 500);
    }
}
