//! [`Principal`]: who makes a request, once a layer has found out; and [`Challenges`]: how a client could say so.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::request::Parts;
use http::{Extensions, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use crate::{FromRequestParts, OptionalFromRequestParts, Problem};

/// Who makes a request: a user, a service, the holder of a key.
///
/// A layer that has checked credentials puts one into the request's extensions; whoever stands behind it (handlers,
/// `require` layers, rate limits) finds it there. Cloning costs one reference count.
///
/// As an extractor it answers 401 where nobody is known; `Option<Principal>` never fails.
///
/// ```
/// use hyperserve_core::{Body, Principal, Request};
///
/// let principal = Principal::new("ada").with_scheme("Bearer").with_scopes(["read", "write"]);
/// let mut request = Request::new(Body::empty());
/// principal.insert_into(request.extensions_mut());
///
/// let found = Principal::of(request.extensions()).unwrap();
/// assert_eq!(found.subject(), "ada");
/// assert!(found.has_scope("write") && !found.has_scope("admin"));
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Principal {
    inner: Arc<Inner>,
}

#[derive(Clone, PartialEq)]
struct Inner {
    subject: String,
    scheme: Cow<'static, str>,
    scopes: Vec<String>,
    claims: Map<String, Value>,
}

impl Principal {
    /// The one of this name, which is stable and unique among those of its scheme. No scopes, no claims, no scheme.
    pub fn new(subject: impl Into<String>) -> Self {
        let inner = Inner {
            subject: subject.into(),
            scheme: Cow::Borrowed(""),
            scopes: Vec::new(),
            claims: Map::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }

    /// Sets how it was found out: the authentication scheme, such as `Basic` or `Bearer` (RFC 9110 §11.1).
    pub fn with_scheme(mut self, scheme: impl Into<Cow<'static, str>>) -> Self {
        self.inner_mut().scheme = scheme.into();
        self
    }

    /// Sets what it may do, in the words of the application (RFC 6749 §3.3). A word that stands twice counts once.
    pub fn with_scopes<T: Into<String>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        let mut kept: Vec<String> = Vec::new();
        for scope in scopes.into_iter().map(Into::into) {
            if !kept.contains(&scope) {
                kept.push(scope);
            }
        }
        self.inner_mut().scopes = kept;
        self
    }

    /// Sets all that is said about it, such as the claims of a token.
    pub fn with_claims(mut self, claims: Map<String, Value>) -> Self {
        self.inner_mut().claims = claims;
        self
    }

    /// Adds one claim.
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.inner_mut().claims.insert(name.into(), value.into());
        self
    }

    /// Its name.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.inner.subject
    }

    /// The scheme by which it was found out; empty if nobody said.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.inner.scheme
    }

    /// What it may do.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.inner.scopes
    }

    /// Whether it may do this. Scopes are compared byte by byte.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.inner.scopes.iter().any(|own| own == scope)
    }

    /// All that is said about it.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.inner.claims
    }

    /// One claim.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.inner.claims.get(name)
    }

    /// The one in a request's extensions.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Puts it into a request's extensions, in the place of an earlier one.
    pub fn insert_into(self, extensions: &mut Extensions) {
        extensions.insert(self);
    }

    /// The 401 of a request that nobody is known for: with the [`Challenges`] of the layers in front, otherwise with
    /// `Bearer`, since RFC 9110 §11.6.1 asks for one and this one opens no dialog in browsers.
    pub fn missing(extensions: &Extensions) -> Problem {
        let problem = Problem::new(StatusCode::UNAUTHORIZED).with_detail("Credentials are needed.");
        match extensions.get::<Challenges>().map(Challenges::as_slice) {
            Some(challenges) if !challenges.is_empty() => challenges
                .iter()
                .fold(problem, |problem, value| problem.with_header(header::WWW_AUTHENTICATE, value.clone())),
            _ => problem.with_header(header::WWW_AUTHENTICATE, "Bearer"),
        }
    }
}

/// Claims are left out: they may be about a person.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("subject", &self.inner.subject)
            .field("scheme", &self.inner.scheme)
            .field("scopes", &self.inner.scopes)
            .finish_non_exhaustive()
    }
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::of(&parts.extensions).cloned().ok_or_else(|| Self::missing(&parts.extensions))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(Self::of(&parts.extensions).cloned())
    }
}

/// How a client could say who it is: the challenges (RFC 9110 §11.3) of layers that let a request without credentials pass.
///
/// They are in the request's extensions, for the 401 that somebody further in may have to answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenges(Vec<HeaderValue>);

impl Challenges {
    /// Adds a challenge to those of a request.
    pub fn add(extensions: &mut Extensions, challenge: HeaderValue) {
        extensions.get_or_insert_default::<Self>().0.push(challenge);
    }

    /// The challenges, those of the outermost layer first.
    #[must_use]
    pub fn as_slice(&self) -> &[HeaderValue] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, IntoResponse as _, Request, RequestExt as _};

    fn request() -> Request {
        Request::new(Body::empty())
    }

    #[tokio::test(flavor = "current_thread")]
    async fn nobody_is_a_401_with_a_challenge() {
        let problem = request().extract::<Principal, _>().await.unwrap_err();
        let response = problem.into_response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let Ok(nobody) = request().extract::<Option<Principal>, _>().await;
        assert_eq!(nobody, None);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn challenges_of_the_layers_in_front_are_told_in_their_order() {
        let mut request = request();
        for challenge in ["Basic realm=\"a\"", "ApiKey"] {
            Challenges::add(request.extensions_mut(), HeaderValue::from_static(challenge));
        }
        let response = request.extract::<Principal, _>().await.unwrap_err().into_response();
        let told: Vec<_> = response.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(told, ["Basic realm=\"a\"", "ApiKey"]);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn somebody_is_extracted() {
        let mut request = request();
        let ada = Principal::new("ada").with_claim("team", 7);
        ada.clone().insert_into(request.extensions_mut());
        assert_eq!(request.extract::<Principal, _>().await.unwrap(), ada);
        assert_eq!(ada.claim("team"), Some(&Value::from(7)));
    }

    #[test]
    fn scopes_are_whole_words_and_count_once() {
        let ada = Principal::new("ada").with_scopes(["a:b", "c", "a:b"]);
        assert_eq!(ada.scopes(), ["a:b", "c"]);
        assert!(!ada.has_scope("a") && !ada.has_scope("") && ada.has_scope("a:b"));
    }

    #[test]
    fn debug_keeps_claims_to_itself() {
        let text = format!("{:?}", Principal::new("ada").with_claim("email", "ada@example.com"));
        assert!(text.contains("ada") && !text.contains("example.com"), "{text}");
    }
}
