//! [`CookieJar`]: cookies as they are.

use std::convert::Infallible;

use cookie::Cookie;
use http::request::Parts;
use hyperserve_core::{
    Body, FromRequestParts, IntoResponse, IntoResponseParts, Problem, Response, ResponseParts,
};

use super::lines;

/// The cookies of a request, to be answered with those that change.
///
/// A handler takes the jar, changes it, and returns it before its answer; each change becomes a `Set-Cookie` line (RFC
/// 6265 §4.1), what did not change is not sent. A malformed pair in the request is passed over. Values may hold any
/// text: they are percent-encoded when sent and decoded when read. Names have to be tokens (RFC 6265 §4.1.1).
///
/// The client can read and change these cookies: see [`SignedCookieJar`](crate::SignedCookieJar) and
/// [`PrivateCookieJar`](crate::PrivateCookieJar).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{FromRequestParts, IntoResponse, Request};
/// use hyperserve_router::{CookieJar, secure_cookie};
///
/// async fn visit(jar: CookieJar) -> (CookieJar, String) {
///     let visits = jar.get("visits").and_then(|cookie| cookie.value().parse().ok()).unwrap_or(0_u32) + 1;
///     (jar.add(secure_cookie("visits", visits.to_string())), format!("{visits} visits"))
/// }
///
/// let request = Request::builder().header("cookie", "theme=dark; visits=6").body(()).unwrap();
/// let (mut parts, ()) = request.into_parts();
/// let Ok(jar) = CookieJar::from_request_parts(&mut parts, &()).await;
/// let response = visit(jar).await.into_response();
/// assert_eq!(response.headers()["set-cookie"], "visits=7; HttpOnly; SameSite=Lax; Secure; Path=/");
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "return the jar from the handler: changes are sent only then"]
pub struct CookieJar {
    jar: cookie::CookieJar,
}

impl CookieJar {
    /// A jar without cookies.
    pub fn new() -> Self {
        Self::default()
    }

    /// The cookie of this name, with the changes made so far. What came with the request has no attributes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Cookie<'static>> {
        self.jar.get(name)
    }

    /// The cookies, with the changes made so far, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Cookie<'static>> {
        self.jar.iter()
    }

    /// Adds a cookie, or puts it in the place of the one of its name. Its attributes are sent as they are: begin with
    /// [`secure_cookie`](crate::secure_cookie) unless you want others.
    ///
    /// A path or domain that no header can hold makes the response a 500 problem.
    #[allow(clippy::should_implement_trait, reason = "jars are added to; nobody writes `jar + cookie`")]
    pub fn add(mut self, cookie: impl Into<Cookie<'static>>) -> Self {
        self.jar.add(cookie);
        self
    }

    /// Removes a cookie: the client is told to forget it, if it sent it.
    ///
    /// The client forgets it only if path and domain are those it was set with (RFC 6265 §5.3): for one that was made
    /// by [`secure_cookie`](crate::secure_cookie), that is `jar.remove(secure_cookie(name, ""))`.
    pub fn remove(mut self, cookie: impl Into<Cookie<'static>>) -> Self {
        self.jar.remove(cookie);
        self
    }
}

impl<S: Sync> FromRequestParts<S> for CookieJar {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self { jar: lines::read(&parts.headers) })
    }
}

impl IntoResponseParts for CookieJar {
    type Error = Problem;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Problem> {
        lines::write(&self.jar, parts)
    }
}

impl IntoResponse for CookieJar {
    fn into_response(self) -> Response {
        (self, Body::empty()).into_response()
    }
}
