//! [`RequireLayer`]: what a principal must be allowed to do.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderValue, Request, StatusCode, header};
use hyperserve_core::{Body, IntoResponse as _, Principal, Problem, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// Lets requests pass whose principal has this scope.
///
/// ```
/// use hyperserve_middleware::auth::{require, require_all, require_any};
///
/// let writers = require("articles:write");
/// let staff = require_any(["admin", "support"]);
/// let auditors = require_all(["admin", "audit"]);
/// ```
pub fn require(scope: impl Into<String>) -> RequireLayer {
    require_all([scope])
}

/// Lets requests pass whose principal has at least one of these scopes; with an empty list, none pass.
pub fn require_any<T: Into<String>>(scopes: impl IntoIterator<Item = T>) -> RequireLayer {
    RequireLayer::new(scopes, false)
}

/// Lets requests pass whose principal has all of these scopes; with an empty list, any principal passes.
pub fn require_all<T: Into<String>>(scopes: impl IntoIterator<Item = T>) -> RequireLayer {
    RequireLayer::new(scopes, true)
}

/// Lets requests pass by the scopes of their principal.
///
/// It has to stand inside an [`AuthLayer`](super::AuthLayer). A request without a principal is answered with 401, one whose
/// principal may not with 403; for bearer tokens with the `insufficient_scope` of RFC 6750 §3.1.
#[derive(Clone, Debug)]
#[must_use]
pub struct RequireLayer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    scopes: Vec<String>,
    all: bool,
}

impl RequireLayer {
    /// Any principal will do.
    pub fn authenticated() -> Self {
        Self::new(std::iter::empty::<String>(), true)
    }

    fn new<T: Into<String>>(scopes: impl IntoIterator<Item = T>, all: bool) -> Self {
        Self { shared: Arc::new(Shared { scopes: scopes.into_iter().map(Into::into).collect(), all }) }
    }
}

impl Shared {
    fn allows(&self, principal: &Principal) -> bool {
        let mut scopes = self.scopes.iter();
        if self.all {
            scopes.all(|scope| principal.has_scope(scope))
        } else {
            scopes.any(|scope| principal.has_scope(scope))
        }
    }

    /// `None` if the request may pass.
    fn refusal<B>(&self, request: &Request<B>) -> Option<Problem> {
        match Principal::of(request.extensions()) {
            None => Some(Principal::missing(request.extensions())),
            Some(principal) if self.allows(principal) => None,
            Some(principal) => Some(self.forbidden(principal)),
        }
    }

    fn forbidden(&self, principal: &Principal) -> Problem {
        let problem = Problem::new(StatusCode::FORBIDDEN).with_detail("The credentials do not allow this.");
        if !principal.scheme().eq_ignore_ascii_case("bearer") {
            return problem;
        }
        problem.with_header(header::WWW_AUTHENTICATE, self.insufficient())
    }

    /// The attribute `scope` lists what is needed; a list of which one will do it cannot say.
    fn insufficient(&self) -> HeaderValue {
        const BARE: &str = "Bearer error=\"insufficient_scope\"";
        let told = (self.all || self.scopes.len() == 1) && self.scopes.iter().all(|scope| is_scope(scope));
        let value = told.then(|| format!("{BARE}, scope=\"{}\"", self.scopes.join(" ")));
        let value = value.and_then(|value| HeaderValue::try_from(value).ok());
        value.unwrap_or(const { HeaderValue::from_static(BARE) })
    }
}

/// RFC 6749 §3.3, `scope-token`.
fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl<S> Layer<S> for RequireLayer {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireService { inner, shared: Arc::clone(&self.shared) }
    }
}

/// The service that [`RequireLayer`] makes.
#[derive(Clone, Debug)]
pub struct RequireService<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S, B> Service<Request<B>> for RequireService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = RequireFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let state = match self.shared.refusal(&request) {
            None => State::Calling { future: self.inner.call(request) },
            Some(problem) => State::Refused { problem: Some(problem) },
        };
        RequireFuture { state }
    }
}

pin_project! {
    /// The future of a [`RequireService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RequireFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Calling { #[pin] future: F },
        Refused { problem: Option<Problem> },
    }
}

impl<F, E> Future for RequireFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Calling { future } => future.poll(cx),
            StateProjection::Refused { problem } => {
                problem.take().map_or(Poll::Pending, |problem| Poll::Ready(Ok(problem.into_response())))
            }
        }
    }
}

impl<F> fmt::Debug for RequireFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireFuture").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Answer, send};
    use super::*;

    async fn answer(layer: &RequireLayer, principal: Option<Principal>) -> Answer {
        let mut request = Request::new(Body::empty());
        if let Some(principal) = principal {
            principal.insert_into(request.extensions_mut());
        }
        send(layer, request).await
    }

    fn ada(scopes: &[&str]) -> Option<Principal> {
        Some(Principal::new("ada").with_scheme("Bearer").with_scopes(scopes.iter().copied()))
    }

    #[tokio::test(flavor = "current_thread")]
    async fn scopes_decide() {
        for (layer, scopes, status) in [
            (require("a"), &["a"][..], 200),
            (require("a"), &["b"], 403),
            (require("a"), &[], 403),
            (require_any(["a", "b"]), &["b"], 200),
            (require_any(["a", "b"]), &["c"], 403),
            (require_all(["a", "b"]), &["b", "a"], 200),
            (require_all(["a", "b"]), &["b"], 403),
            (require_any(Vec::<String>::new()), &["a"], 403),
            (RequireLayer::authenticated(), &[], 200),
        ] {
            assert_eq!(answer(&layer, ada(scopes)).await.status, status, "{layer:?} {scopes:?}");
            assert_eq!(answer(&layer, None).await.status, 401, "{layer:?}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn bearer_tokens_are_told_what_is_missing() {
        for (layer, challenge) in [
            (require("a:b"), "Bearer error=\"insufficient_scope\", scope=\"a:b\""),
            (require_all(["a", "b"]), "Bearer error=\"insufficient_scope\", scope=\"a b\""),
            (require_any(["a", "b"]), "Bearer error=\"insufficient_scope\""),
            (require("a\"b"), "Bearer error=\"insufficient_scope\""),
        ] {
            let answer = answer(&layer, ada(&[])).await;
            assert_eq!(answer.header("www-authenticate"), Some(challenge));
        }
        let basic = Principal::new("ada").with_scheme("Basic");
        assert_eq!(answer(&require("a"), Some(basic)).await.header("www-authenticate"), None);
    }
}
