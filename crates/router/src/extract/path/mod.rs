//! [`Path`]: what the captures of a route matched, as the type that the handler wants.

mod captured;
mod error;
mod value;

use http::request::Parts;
use hyperserve_core::{FromRequestParts, OptionalFromRequestParts, RequestContext, RouteMatch};
use serde::de::DeserializeOwned;

use self::captured::Captured;
use super::Rejection;
use super::transparent::transparent;

/// The captures of the route: `{id}` in `/users/{id}`.
///
/// `T` is any of
///
/// - for a route of one capture, a number, `bool`, `char`, `String`, an enum of plain variants, or a type around one;
/// - a tuple of as many of these as the route has captures, in the order of the pattern;
/// - a struct or a map, whose fields or keys are the names of the captures;
/// - `Vec<(String, String)>` of names and values, or `Vec<String>` of values.
///
/// Values are percent-decoded, after the path was matched: `%2F` is a slash in the value and never one of the path.
/// A value that does not fit its type is answered with 422 and `loc` `["path", name]`, one that cannot be decoded to
/// UTF-8 with 400. A type that the route can never fill, such as a tuple of another length, is answered with 500, and
/// the log says why. `Option<Path<T>>` is `None` where the route has no captures.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::FromRequestParts;
/// use hyperserve_router::Path;
/// use serde::Deserialize;
/// # use std::sync::Arc;
/// # use hyperserve_core::{Captures, RequestContext, RouteMatch, RouteTable};
/// # struct OneRoute([Box<str>; 2]);
/// # impl RouteTable for OneRoute {
/// #     fn pattern(&self, _: usize) -> &str { "/teams/{team}/users/{id}" }
/// #     fn names(&self, _: usize) -> &[Box<str>] { &self.0 }
/// # }
///
/// #[derive(Deserialize)]
/// struct Member { id: u64, team: String }
///
/// // As the route `/teams/{team}/users/{id}` leaves it:
/// let (mut parts, ()) = http::Request::get("/teams/caf%C3%A9/users/7").body(()).unwrap().into_parts();
/// # let mut captures = Captures::new(parts.uri.path_and_query().unwrap().clone());
/// # captures.push(7, 16);
/// # captures.push(23, 24);
/// # let route = RouteMatch::new(Arc::new(OneRoute(["team".into(), "id".into()])), 0).with_captures(captures);
/// # RequestContext::of_mut(&mut parts.extensions).set_route(route);
/// let Path(member) = Path::<Member>::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!((&*member.team, member.id), ("café", 7));
///
/// let Path((team, id)) = Path::<(String, u64)>::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!((&*team, id), ("café", 7));
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

transparent!(Path);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Sync,
    T: DeserializeOwned,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        match matched(parts) {
            Some(route) => read(route),
            None => {
                Err(Rejection::misuse("`Path` is taken where no route has matched, such as in a fallback"))
            }
        }
    }
}

impl<S, T> OptionalFromRequestParts<S> for Path<T>
where
    S: Sync,
    T: DeserializeOwned,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        matched(parts).filter(|route| route.captures().next().is_some()).map(read).transpose()
    }
}

fn matched(parts: &Parts) -> Option<&RouteMatch> {
    RequestContext::of(&parts.extensions)?.route()
}

fn read<T: DeserializeOwned>(route: &RouteMatch) -> Result<Path<T>, Rejection> {
    T::deserialize(Captured::new(route)).map(Path).map_err(Rejection::from)
}

#[cfg(test)]
mod tests;
