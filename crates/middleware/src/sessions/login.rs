//! Logging in: a principal in a session, and [`SessionAuth`], which finds it there.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, HeaderMap, HeaderName, header};
use hyperserve_core::Principal;
use serde_json::{Map, Value, json};

use super::{Session, SessionError};
use crate::auth::{AuthError, Authenticator, Challenge, Check, Refusal};

/// Where the principal stands in a session.
const NAME: &str = "hyperserve.principal";
const SCHEME: &str = "Session";

impl Session {
    /// Keeps a principal in the session, and gives that a new id, so that nobody who knows the old one is logged in as well.
    ///
    /// # Errors
    ///
    /// As [`Session::insert`].
    pub async fn log_in(&self, principal: &Principal) -> Result<(), SessionError> {
        let (subject, scopes, claims) = (principal.subject(), principal.scopes(), principal.claims());
        self.insert(NAME, json!({"subject": subject, "scopes": scopes, "claims": claims})).await?;
        self.renew().await
    }

    /// Ends the session.
    ///
    /// # Errors
    ///
    /// As [`Session::destroy`].
    pub async fn log_out(&self) -> Result<(), SessionError> {
        self.destroy().await
    }

    /// Who is logged in.
    ///
    /// # Errors
    ///
    /// As [`Session::get`].
    pub async fn principal(&self) -> Result<Option<Principal>, SessionError> {
        Ok(self.get::<Map<String, Value>>(NAME).await?.and_then(|kept| read(&kept)))
    }
}

fn read(kept: &Map<String, Value>) -> Option<Principal> {
    let subject = kept.get("subject")?.as_str()?;
    let scopes = kept.get("scopes")?.as_array()?.iter().filter_map(Value::as_str);
    let principal = Principal::new(subject).with_scheme(SCHEME).with_scopes(scopes);
    match kept.get("claims") {
        Some(Value::Object(claims)) => Some(principal.with_claims(claims.clone())),
        _ => Some(principal),
    }
}

/// Finds the principal that [`Session::log_in`] has kept, for an [`AuthLayer`](crate::auth::AuthLayer) that stands inside a
/// [`SessionLayer`](super::SessionLayer).
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionAuth {
    challenge: Challenge,
}

impl SessionAuth {
    /// The realm names where to log in. `Session` is no registered scheme, but RFC 9110 §11.6.1 asks for one.
    ///
    /// # Errors
    ///
    /// [`AuthError`] for a realm with characters other than printable ASCII.
    pub fn try_new(realm: &str) -> Result<Self, AuthError> {
        Ok(Self { challenge: Challenge::try_new(SCHEME, [("realm", realm)])? })
    }
}

impl Authenticator for SessionAuth {
    type Future = SessionAuthFuture;

    fn authenticate(&self, _headers: &HeaderMap, extensions: &Extensions) -> Check<SessionAuthFuture> {
        match extensions.get::<Session>().filter(|session| session.has_cookie()) {
            None => Check::Done(Ok(None)),
            Some(session) => {
                let session = session.clone();
                let found = async move { session.principal().await.map_err(Refusal::unavailable) };
                Check::Waiting(SessionAuthFuture { found: Box::pin(found) })
            }
        }
    }

    fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    fn header(&self) -> &HeaderName {
        &header::COOKIE
    }
}

/// The future of [`SessionAuth`]; in a box, as that of the store is.
#[must_use = "futures do nothing unless polled"]
pub struct SessionAuthFuture {
    found: Pin<Box<dyn Future<Output = Result<Option<Principal>, Refusal>> + Send>>,
}

impl Future for SessionAuthFuture {
    type Output = Result<Option<Principal>, Refusal>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.found.as_mut().poll(cx)
    }
}

impl fmt::Debug for SessionAuthFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionAuthFuture").finish_non_exhaustive()
    }
}
