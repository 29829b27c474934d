//! [`JwtVerifier`]: whose a token is.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use hyperserve_core::Principal;
use jsonwebtoken::Algorithm;

use super::JwtError;
use super::claims::Rules;
use super::key_set::KeySet;
use super::published::{Known, Published};
use super::token::Token;
use crate::auth::{BearerToken, BearerVerifier, Check, Refusal};

/// Checks JSON Web Tokens; made by [`JwtConfig`](super::JwtConfig). Clones share their keys.
#[derive(Clone)]
pub struct JwtVerifier {
    shared: Arc<Shared>,
}

struct Shared {
    keys: Keys,
    algorithms: Vec<Algorithm>,
    rules: Rules,
    wanted_type: Option<String>,
}

pub(super) enum Keys {
    Given(KeySet),
    Published(Published),
}

/// What a set of keys says about a token.
enum Found {
    Principal(Principal),
    Wrong(&'static str),
    /// No key of the set is the one that the token names.
    NoKey,
}

impl JwtVerifier {
    pub(super) fn new(
        keys: Keys,
        algorithms: Vec<Algorithm>,
        rules: Rules,
        wanted_type: Option<String>,
    ) -> Self {
        Self { shared: Arc::new(Shared { keys, algorithms, rules, wanted_type }) }
    }

    /// Looks at published keys now: before serving, so that the first token does not wait, or that a wrong address is known
    /// at once. Does nothing for keys that were given.
    ///
    /// # Errors
    ///
    /// [`JwtError`] if they cannot be had. Those known before stay.
    pub async fn refresh(&self) -> Result<(), JwtError> {
        match &self.shared.keys {
            Keys::Given(_) => Ok(()),
            Keys::Published(published) => published.refresh().await,
        }
    }
}

impl Shared {
    fn parse<'a>(&self, text: &'a str) -> Result<Token<'a>, Refusal> {
        let token = Token::parse(text, self.wanted_type.as_deref()).map_err(Refusal::wrong)?;
        if !self.algorithms.contains(&token.algorithm) {
            return Err(Refusal::wrong("The token is signed by an algorithm that is not taken here."));
        }
        Ok(token)
    }

    fn find(&self, token: &Token<'_>, set: &KeySet) -> Found {
        let mut candidates = set.candidates(token.id.as_deref(), token.algorithm).peekable();
        if candidates.peek().is_none() {
            return Found::NoKey;
        }
        if !candidates.any(|key| key.verifies(token.algorithm, token.message(), token.signature())) {
            return Found::Wrong("The token's signature is wrong.");
        }
        let Some(claims) = token.claims() else {
            return Found::Wrong("The token's claims are no JSON object.");
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        match self.rules.principal(claims, now) {
            Ok(principal) => Found::Principal(principal),
            Err(why) => Found::Wrong(why),
        }
    }

    /// What can be said without waiting. `None` if keys have to be fetched first.
    fn try_now(&self, token: &Token<'_>) -> Option<Result<Principal, Refusal>> {
        let (found, may_wait) = match &self.keys {
            Keys::Given(set) => (self.find(token, set), false),
            Keys::Published(published) => match published.known() {
                Known::Keys(set) => (self.find(token, &set), published.may_wait_for_unknown()),
                Known::Nothing if published.may_wait_for_first() => return None,
                Known::Nothing => return Some(Err(unavailable())),
            },
        };
        match found {
            Found::NoKey if may_wait => None,
            found => Some(settled(found)),
        }
    }

    async fn after_fetching(self: Arc<Self>, text: BearerToken) -> Result<Principal, Refusal> {
        let token = self.parse(text.as_str())?;
        let Keys::Published(published) = &self.keys else { return Err(unavailable()) };
        published.fetch_if_due().await;
        match published.known() {
            Known::Keys(set) => settled(self.find(&token, &set)),
            Known::Nothing => Err(unavailable()),
        }
    }
}

fn settled(found: Found) -> Result<Principal, Refusal> {
    match found {
        Found::Principal(principal) => Ok(principal),
        Found::Wrong(why) => Err(Refusal::wrong(why)),
        Found::NoKey => Err(Refusal::wrong("The token is signed with a key that is not known.")),
    }
}

fn unavailable() -> Refusal {
    Refusal::unavailable(JwtError::new("no published keys could be had yet"))
}

impl BearerVerifier for JwtVerifier {
    type Future = JwtFuture;

    fn verify(&self, text: BearerToken) -> Check<JwtFuture, Principal> {
        let known = match self.shared.parse(text.as_str()) {
            Ok(token) => self.shared.try_now(&token),
            Err(refusal) => Some(Err(refusal)),
        };
        match known {
            Some(outcome) => Check::Done(outcome),
            None => {
                let check = Box::pin(Arc::clone(&self.shared).after_fetching(text));
                Check::Waiting(JwtFuture { check })
            }
        }
    }
}

impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtVerifier")
            .field("algorithms", &self.shared.algorithms)
            .field("rules", &self.shared.rules)
            .finish_non_exhaustive()
    }
}

/// Waits for keys to be fetched, which is rare: so it is in a box.
#[must_use = "futures do nothing unless polled"]
pub struct JwtFuture {
    check: Pin<Box<dyn Future<Output = Result<Principal, Refusal>> + Send>>,
}

impl Future for JwtFuture {
    type Output = Result<Principal, Refusal>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.check.as_mut().poll(cx)
    }
}

impl fmt::Debug for JwtFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtFuture").finish_non_exhaustive()
    }
}
