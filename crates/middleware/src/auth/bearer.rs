//! [`BearerAuth`]: tokens in `Authorization: Bearer` (RFC 6750 §2.1), and what checks them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, HeaderMap, HeaderValue};
use hyperserve_core::Principal;
use pin_project_lite::pin_project;

use super::credentials::credentials;
use super::{AuthError, Authenticator, Challenge, Check, Refusal};

const SCHEME: &str = "Bearer";

/// The longest token that is looked at unless told otherwise: 8 KiB.
const LONGEST: usize = 8 * 1024;

/// Checks bearer tokens with a [`BearerVerifier`]: a function of yours, or a `JwtVerifier`.
///
/// Tokens are taken from the header alone: those in a query or a form end up in logs and histories (RFC 9700 §4.3.2).
///
/// ```
/// use hyperserve_core::Principal;
/// use hyperserve_middleware::auth::{AuthLayer, BearerAuth, BearerToken, Refusal};
///
/// # async fn look_up(token: &str) -> Result<Option<String>, std::io::Error> { Ok(Some(token.into())) }
/// let layer = AuthLayer::new(BearerAuth::new(|token: BearerToken| async move {
///     match look_up(token.as_str()).await {
///         Ok(Some(user)) => Ok(Principal::new(user)),
///         Ok(None) => Err(Refusal::wrong("The token is not known.")),
///         Err(error) => Err(Refusal::unavailable(error)),
///     }
/// }));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct BearerAuth<V> {
    verifier: V,
    challenge: Challenge,
    longest: usize,
}

impl<V: BearerVerifier> BearerAuth<V> {
    /// Checks tokens with this verifier; the realm is `api`.
    pub const fn new(verifier: V) -> Self {
        Self { verifier, challenge: Challenge::fixed("Bearer realm=\"api\"").with_errors(), longest: LONGEST }
    }

    /// Sets the realm of the challenge (RFC 9110 §11.5).
    ///
    /// # Errors
    ///
    /// [`AuthError`] for characters other than printable ASCII.
    pub fn try_with_realm(mut self, realm: &str) -> Result<Self, AuthError> {
        self.challenge = Challenge::try_new(SCHEME, [("realm", realm)])?.with_errors();
        Ok(self)
    }

    /// Sets the longest token that is looked at, in bytes. 8 KiB by default.
    pub const fn with_longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }
}

impl<V: BearerVerifier> Authenticator for BearerAuth<V> {
    type Future = BearerFuture<V::Future>;

    fn authenticate(&self, headers: &HeaderMap, _extensions: &Extensions) -> Check<Self::Future> {
        let token = match credentials(headers, SCHEME) {
            Ok(Some(found)) => found,
            Ok(None) => return Check::Done(Ok(None)),
            Err(refusal) => return Check::Done(Err(refusal)),
        };
        if !is_token(token.as_bytes()) {
            return Check::Done(Err(Refusal::malformed("The bearer token is malformed.")));
        }
        if token.as_bytes().len() > self.longest {
            return Check::Done(Err(Refusal::wrong("The token is too long.")));
        }
        match self.verifier.verify(BearerToken { value: token.value.clone(), start: token.start }) {
            Check::Done(outcome) => Check::Done(outcome.map(named)),
            Check::Waiting(future) => Check::Waiting(BearerFuture { future }),
        }
    }

    fn challenge(&self) -> &Challenge {
        &self.challenge
    }
}

/// RFC 6750 §2.1, `b64token`.
fn is_token(bytes: &[u8]) -> bool {
    let end = bytes.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let good = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    end > 0 && bytes[..end].iter().all(good)
}

#[expect(clippy::unnecessary_wraps, reason = "what an authenticator gives")]
fn named(principal: Principal) -> Option<Principal> {
    let unnamed = principal.scheme().is_empty();
    Some(if unnamed { principal.with_scheme(SCHEME) } else { principal })
}

/// Finds out whose a bearer token is.
///
/// `Fn(BearerToken) -> impl Future<Output = Result<Principal, Refusal>>` is one. Implement it where the answer is often known
/// at once: that costs no future.
pub trait BearerVerifier: Send + Sync + 'static {
    /// What is waited for when it cannot be known at once.
    type Future: Future<Output = Result<Principal, Refusal>> + Send;

    /// Looks at a token, which has the form of one and no more.
    fn verify(&self, token: BearerToken) -> Check<Self::Future, Principal>;
}

impl<F, Fut> BearerVerifier for F
where
    F: Fn(BearerToken) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Principal, Refusal>> + Send,
{
    type Future = Fut;

    fn verify(&self, token: BearerToken) -> Check<Fut, Principal> {
        Check::Waiting(self(token))
    }
}

/// A bearer token. `Debug` does not show it.
#[derive(Clone)]
pub struct BearerToken {
    /// Shares the header's bytes.
    value: HeaderValue,
    start: usize,
}

impl BearerToken {
    /// Its text: letters, digits and `-._~+/=`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.value.to_str().ok().and_then(|text| text.get(self.start..)).unwrap_or_default()
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken([redacted])")
    }
}

pin_project! {
    /// The future of [`BearerAuth`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct BearerFuture<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future<Output = Result<Principal, Refusal>>> Future for BearerFuture<F> {
    type Output = Result<Option<Principal>, Refusal>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map(|outcome| outcome.map(named))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Answer, ask};
    use super::*;
    use crate::auth::AuthLayer;

    async fn verify(token: BearerToken) -> Result<Principal, Refusal> {
        tokio::task::yield_now().await;
        match token.as_str() {
            "good" => Ok(Principal::new("ada")),
            "down" => Err(Refusal::unavailable("the database is away")),
            _ => Err(Refusal::wrong("The token is not known.")),
        }
    }

    async fn answer(headers: &[(&'static str, &'static str)]) -> Answer {
        ask(&AuthLayer::new(BearerAuth::new(verify)), headers).await
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_token_that_is_known_has_a_principal() {
        let answer = answer(&[("authorization", "bearer good")]).await;
        assert_eq!((answer.status, answer.principal.as_deref()), (200, Some("ada by Bearer")));
        assert_eq!(
            (&*answer.body, answer.header("cache-control")),
            ("served", None),
            "caches know about Authorization"
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn refusals_have_the_attributes_of_rfc_6750() {
        for (headers, status, challenge) in [
            (&[][..], 401, Some("Bearer realm=\"api\"")),
            (&[("authorization", "Basic good")][..], 401, Some("Bearer realm=\"api\"")),
            (
                &[("authorization", "Bearer other")][..],
                401,
                Some(
                    "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The token is not known.\"",
                ),
            ),
            (
                &[("authorization", "Bearer")][..],
                400,
                Some(
                    "Bearer realm=\"api\", error=\"invalid_request\", error_description=\"The bearer token is malformed.\"",
                ),
            ),
            (&[("authorization", "Bearer down")][..], 503, None),
        ] {
            let answer = answer(headers).await;
            assert_eq!(
                (answer.status, answer.header("www-authenticate")),
                (status, challenge),
                "{headers:?}"
            );
            assert_eq!(answer.principal, None, "the service is not called");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn long_tokens_reach_no_verifier() {
        let never = |_: BearerToken| async { panic!("the verifier is asked") };
        let layer = AuthLayer::new(BearerAuth::new(never).with_longest(3));
        assert_eq!(ask(&layer, &[("authorization", "Bearer abcd")]).await.status, 401);
    }

    #[test]
    fn tokens_are_of_their_alphabet() {
        for good in ["a", "a=", "abc-._~+/09==", "a.b.c"] {
            assert!(is_token(good.as_bytes()), "{good}");
        }
        for bad in ["", "=", "a b", "a=b", "a,b", "a\"", "caf\u{e9}", "a%20"] {
            assert!(!is_token(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn debug_does_not_show_a_token() {
        let token = BearerToken { value: HeaderValue::from_static("Bearer abc"), start: 7 };
        assert_eq!(token.as_str(), "abc");
        assert!(!format!("{token:?}").contains("abc"));
    }
}
