//! [`PrivateCookieJar`]: cookies that clients can neither read nor change.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use cookie::{Cookie, Key};
use http::request::Parts;
use hyperserve_core::{
    Body, FromRequestParts, IntoResponse, IntoResponseParts, Problem, Response, ResponseParts,
};

use super::super::FromRef;
use super::lines;

/// A jar of encrypted cookies: the client can neither read them nor change them, nor move one to another name.
///
/// They are sealed with AES-256-GCM, the name as associated data. The seal says who made the cookie, not when: put an
/// expiry into the value if an old one must not count. The [`Key`] comes out of the state, as any part of it (see
/// [`FromRef`](crate::FromRef)); for a second key, take a newtype that is `Into<Key>` as `K`. Otherwise it is like
/// [`CookieJar`](crate::CookieJar); both may be taken by one handler.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{FromRequestParts, IntoResponse, Request};
/// use hyperserve_router::{Key, PrivateCookieJar, secure_cookie};
///
/// let state = Key::generate();
/// let (mut parts, ()) = Request::new(()).into_parts();
/// let Ok(jar) = <PrivateCookieJar>::from_request_parts(&mut parts, &state).await;
/// let jar = jar.add(secure_cookie("note", "secret"));
/// assert_eq!(jar.get("note").unwrap().value(), "secret");
/// let response = jar.into_response();
/// assert!(!response.headers()["set-cookie"].to_str().unwrap().contains("secret"));
/// # }
/// ```
#[must_use = "return the jar from the handler: changes are sent only then"]
pub struct PrivateCookieJar<K = Key> {
    jar: cookie::CookieJar,
    key: Key,
    kind: PhantomData<fn() -> K>,
}

impl<K> PrivateCookieJar<K> {
    /// A jar without cookies.
    pub fn new(key: Key) -> Self {
        Self { jar: cookie::CookieJar::new(), key, kind: PhantomData }
    }

    /// The cookie of this name, if it can be opened.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cookie<'static>> {
        self.jar.private(&self.key).get(name)
    }

    /// The cookies that can be opened, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = Cookie<'static>> {
        self.jar.iter().filter_map(|cookie| self.get(cookie.name()))
    }

    /// Seals and adds a cookie, as [`CookieJar::add`](crate::CookieJar::add).
    #[allow(clippy::should_implement_trait, reason = "jars are added to; nobody writes `jar + cookie`")]
    pub fn add(mut self, cookie: impl Into<Cookie<'static>>) -> Self {
        self.jar.private_mut(&self.key).add(cookie);
        self
    }

    /// Removes a cookie, as [`CookieJar::remove`](crate::CookieJar::remove).
    pub fn remove(mut self, cookie: impl Into<Cookie<'static>>) -> Self {
        self.jar.remove(cookie);
        self
    }
}

impl<S, K> FromRequestParts<S> for PrivateCookieJar<K>
where
    S: Sync,
    K: FromRef<S> + Into<Key>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self { jar: lines::read(&parts.headers), ..Self::new(K::from_ref(state).into()) })
    }
}

impl<K> IntoResponseParts for PrivateCookieJar<K> {
    type Error = Problem;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Problem> {
        lines::write(&self.jar, parts)
    }
}

impl<K> IntoResponse for PrivateCookieJar<K> {
    fn into_response(self) -> Response {
        (self, Body::empty()).into_response()
    }
}

impl<K> Clone for PrivateCookieJar<K> {
    fn clone(&self) -> Self {
        Self { jar: self.jar.clone(), key: self.key.clone(), kind: PhantomData }
    }
}

impl<K> fmt::Debug for PrivateCookieJar<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateCookieJar").finish_non_exhaustive()
    }
}
