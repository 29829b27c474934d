//! [`SignedCookieJar`]: cookies that clients can read but not change.

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

/// A jar of signed cookies: the client can read them, and one that it changed, or moved to another name, is as good
/// as absent.
///
/// The signature is HMAC-SHA256 over name and value. It says who made the cookie, not when: put an expiry into the
/// value if an old one must not count. The [`Key`] comes out of the state, as any part of it (see
/// [`FromRef`](crate::FromRef)); for a second key, take a newtype that is `Into<Key>` as `K`. Otherwise it is like
/// [`CookieJar`](crate::CookieJar); both may be taken by one handler.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{FromRequestParts, IntoResponse, Request};
/// use hyperserve_router::{Key, SignedCookieJar, secure_cookie};
///
/// let state = Key::generate();
/// let (mut parts, ()) = Request::new(()).into_parts();
/// let Ok(jar) = <SignedCookieJar>::from_request_parts(&mut parts, &state).await;
/// let jar = jar.add(secure_cookie("user", "7"));
/// assert_eq!(jar.get("user").unwrap().value(), "7");
/// let response = jar.into_response();
/// assert!(!response.headers()["set-cookie"].to_str().unwrap().starts_with("user=7;"));
/// # }
/// ```
#[must_use = "return the jar from the handler: changes are sent only then"]
pub struct SignedCookieJar<K = Key> {
    jar: cookie::CookieJar,
    key: Key,
    kind: PhantomData<fn() -> K>,
}

impl<K> SignedCookieJar<K> {
    /// A jar without cookies.
    pub fn new(key: Key) -> Self {
        Self { jar: cookie::CookieJar::new(), key, kind: PhantomData }
    }

    /// The cookie of this name, if its signature holds.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cookie<'static>> {
        let mut cookie = self.jar.signed(&self.key).get(name)?;
        let value = cookie.value().strip_prefix(name)?.strip_prefix('=')?.to_owned();
        cookie.set_value(value);
        Some(cookie)
    }

    /// The cookies whose signatures hold, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = Cookie<'static>> {
        self.jar.iter().filter_map(|cookie| self.get(cookie.name()))
    }

    /// Signs and adds a cookie, as [`CookieJar::add`](crate::CookieJar::add).
    #[allow(clippy::should_implement_trait, reason = "jars are added to; nobody writes `jar + cookie`")]
    pub fn add(mut self, cookie: impl Into<Cookie<'static>>) -> Self {
        let mut cookie = cookie.into();
        // The signature covers the value alone: with the name in it, the value cannot serve another cookie.
        let named = format!("{}={}", cookie.name(), cookie.value());
        cookie.set_value(named);
        self.jar.signed_mut(&self.key).add(cookie);
        self
    }

    /// Removes a cookie, as [`CookieJar::remove`](crate::CookieJar::remove).
    pub fn remove(mut self, cookie: impl Into<Cookie<'static>>) -> Self {
        self.jar.remove(cookie);
        self
    }
}

impl<S, K> FromRequestParts<S> for SignedCookieJar<K>
where
    S: Sync,
    K: FromRef<S> + Into<Key>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self { jar: lines::read(&parts.headers), ..Self::new(K::from_ref(state).into()) })
    }
}

impl<K> IntoResponseParts for SignedCookieJar<K> {
    type Error = Problem;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Problem> {
        lines::write(&self.jar, parts)
    }
}

impl<K> IntoResponse for SignedCookieJar<K> {
    fn into_response(self) -> Response {
        (self, Body::empty()).into_response()
    }
}

impl<K> Clone for SignedCookieJar<K> {
    fn clone(&self) -> Self {
        Self { jar: self.jar.clone(), key: self.key.clone(), kind: PhantomData }
    }
}

impl<K> fmt::Debug for SignedCookieJar<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedCookieJar").finish_non_exhaustive()
    }
}
