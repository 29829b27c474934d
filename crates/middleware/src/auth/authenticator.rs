//! [`Authenticator`]: what an [`AuthLayer`](super::AuthLayer) asks.

use std::future::Future;

use http::{Extensions, HeaderMap, HeaderName, header};
use hyperserve_core::Principal;

use super::{Challenge, Refusal};

/// Finds out who makes a request.
///
/// Implement it for a scheme of your own. What can be known at once is known without a future:
///
/// ```
/// use std::future::Ready;
/// use http::{Extensions, HeaderMap};
/// use hyperserve_core::{Principal, RequestContext};
/// use hyperserve_middleware::auth::{AuthLayer, Authenticator, Challenge, Check, Refusal};
///
/// /// Whoever has shown a certificate in the handshake.
/// struct ByCertificate(Challenge);
///
/// impl Authenticator for ByCertificate {
///     type Future = Ready<Result<Option<Principal>, Refusal>>;
///
///     fn authenticate(&self, _headers: &HeaderMap, extensions: &Extensions) -> Check<Self::Future> {
///         let conn = RequestContext::of(extensions).map(RequestContext::conn);
///         let shown = conn.and_then(|conn| conn.tls()?.peer_certificate());
///         Check::Done(Ok(shown.map(|_| Principal::new("holder of a certificate").with_scheme("Mutual"))))
///     }
///
///     fn challenge(&self) -> &Challenge {
///         &self.0
///     }
/// }
///
/// let layer = AuthLayer::new(ByCertificate(Challenge::try_new("Mutual", [("realm", "lab")])?));
/// # Ok::<(), hyperserve_middleware::auth::AuthError>(())
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// What is waited for when it cannot be known at once.
    type Future: Future<Output = Result<Option<Principal>, Refusal>> + Send;

    /// Looks at the head of a request. `None` says that it has no credentials of this scheme.
    fn authenticate(&self, headers: &HeaderMap, extensions: &Extensions) -> Check<Self::Future>;

    /// How a client is asked for credentials.
    fn challenge(&self) -> &Challenge;

    /// The header that the credentials are in: its value is marked as sensitive, so that it is not shown by `Debug`.
    ///
    /// Shared caches know that responses to requests with `Authorization` are not for everyone (RFC 9111 §3.5). If it is
    /// another header, responses get `Cache-Control: private` unless they have a `Cache-Control` of their own.
    fn header(&self) -> &HeaderName {
        &header::AUTHORIZATION
    }
}

/// The outcome of a check, or what to wait for.
#[derive(Debug)]
pub enum Check<F, T = Option<Principal>> {
    /// It is known.
    Done(Result<T, Refusal>),
    /// It will be known.
    Waiting(F),
}
