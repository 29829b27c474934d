//! [`BasicAuth`]: user names and passwords (RFC 7617), against argon2 and bcrypt hashes.

mod guard;
mod hash;
mod read;
mod remembered;
mod users;

use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Extensions, HeaderMap};
use hyperserve_core::Principal;

use self::guard::Guard;
use self::remembered::Remembered;
use super::credentials::credentials;
use super::{AuthError, Authenticator, Challenge, Check, Refusal};

pub use self::users::Users;

const SCHEME: &str = "Basic";

/// How many passwords wait for one that is being checked, unless told otherwise.
const QUEUE: usize = 64;

/// Checks user names and passwords.
///
/// A password takes tens of milliseconds of one core, by design. So at most as many are checked at once as there are cores,
/// away from the threads that serve; 64 more wait, and for the rest the answer is 503 with `Retry-After: 1`. Put a rate limit
/// in front of it all the same.
///
/// A name that is not known takes as long as one that is: its password is checked against somebody else's hash, and fails.
///
/// Clones share their users, so that [`BasicAuth::replace`] on one is seen by the layer that has another.
///
/// ```
/// use hyperserve_middleware::auth::{AuthLayer, BasicAuth, Users};
///
/// let users = Users::parse_htpasswd("ada:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC\n")?
///     .with_scopes("ada", ["admin"])?;
/// let layer = AuthLayer::new(BasicAuth::new(users).try_with_realm("the back office")?);
/// # Ok::<(), hyperserve_middleware::auth::AuthError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct BasicAuth {
    users: Arc<ArcSwap<Users>>,
    guard: Guard,
    remembered: Option<Arc<Remembered>>,
    challenge: Challenge,
}

impl BasicAuth {
    /// Checks against these users; the realm is `restricted`.
    pub fn new(users: Users) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            users: Arc::new(ArcSwap::from_pointee(users)),
            guard: Guard::new(cores, QUEUE),
            remembered: None,
            // UTF-8 is all that RFC 7617 §2.1 has.
            challenge: Challenge::fixed("Basic realm=\"restricted\", charset=\"UTF-8\""),
        }
    }

    /// Sets the realm, which browsers show.
    ///
    /// # Errors
    ///
    /// [`AuthError`] for characters other than printable ASCII.
    pub fn try_with_realm(mut self, realm: &str) -> Result<Self, AuthError> {
        self.challenge = Challenge::try_new(SCHEME, [("realm", realm), ("charset", "UTF-8")])?;
        Ok(self)
    }

    /// Sets how many passwords are checked at once (as many as there are cores by default, one at least), and how many more
    /// may wait (64 by default).
    pub fn with_limits(mut self, at_once: usize, waiting: usize) -> Self {
        self.guard = Guard::new(at_once.max(1), waiting);
        self
    }

    /// Remembers for so long that a password was right, so that a client that sends it with each request does not cost a hash
    /// each time. Off by default.
    ///
    /// What is kept is a digest with a key of this process, of name, password and hash: a user's new password counts at once.
    /// At most 1024 are kept.
    pub fn with_remembering(mut self, duration: Duration) -> Self {
        self.remembered = (!duration.is_zero()).then(|| Arc::new(Remembered::new(duration)));
        self
    }

    /// Replaces all users, for requests from now on.
    pub fn replace(&self, users: Users) {
        self.users.store(Arc::new(users));
    }

    /// Who has this name and password, for the form of a login. It takes as long for a name that is not known, and stays
    /// within [`with_limits`](Self::with_limits).
    ///
    /// # Errors
    ///
    /// [`Refusal`], whose status is 401 for what is wrong, and 503 while too many are being checked.
    pub async fn verify(&self, name: &str, password: &str) -> Result<Principal, Refusal> {
        if !read::is_readable(name)
            || !read::is_readable(password)
            || name.len() + password.len() >= read::LONGEST
        {
            return Err(wrong());
        }
        if let Some(principal) = self.is_remembered(name, password.as_bytes()) {
            return Ok(principal);
        }
        self.clone().check(name.to_owned(), password.as_bytes().to_vec()).await?.ok_or_else(wrong)
    }

    async fn check(self, name: String, password: Vec<u8>) -> Result<Option<Principal>, Refusal> {
        let users = self.users.load_full();
        let remembered = self.remembered.clone();
        let right = self.guard.run(move || {
            let (hash, user) = users.hash_for(&name);
            // Without users there is nobody to be told from nobody.
            let matches = hash.is_some_and(|hash| hash.matches(&password));
            let principal = user.filter(|_| matches)?;
            if let (Some(remembered), Some(hash)) = (remembered, hash) {
                remembered.keep(&name, &password, hash.as_str());
            }
            Some(principal.clone())
        });
        right.await?.map(Some).ok_or_else(wrong)
    }

    fn is_remembered(&self, name: &str, password: &[u8]) -> Option<Principal> {
        let remembered = self.remembered.as_ref()?;
        let users = self.users.load();
        let (Some(hash), Some(user)) = users.hash_for(name) else { return None };
        remembered.has(name, password, hash.as_str()).then(|| user.clone())
    }
}

/// The same for names and for passwords.
fn wrong() -> Refusal {
    Refusal::wrong("The name or the password is wrong.")
}

impl Authenticator for BasicAuth {
    type Future = BasicFuture;

    fn authenticate(&self, headers: &HeaderMap, _extensions: &Extensions) -> Check<BasicFuture> {
        let found = match credentials(headers, SCHEME) {
            Ok(Some(found)) => found,
            Ok(None) => return Check::Done(Ok(None)),
            Err(refusal) => return Check::Done(Err(refusal)),
        };
        let Some((name, password)) = read::name_and_password(found.as_bytes()) else {
            return Check::Done(Err(wrong()));
        };
        if let Some(principal) = self.is_remembered(&name, &password) {
            return Check::Done(Ok(Some(principal)));
        }
        Check::Waiting(BasicFuture { check: Box::pin(self.clone().check(name, password)) })
    }

    fn challenge(&self) -> &Challenge {
        &self.challenge
    }
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuth").field("challenge", &self.challenge).finish_non_exhaustive()
    }
}

/// The future of [`BasicAuth`]. It is in a box: next to what a password costs, that is nothing.
#[must_use = "futures do nothing unless polled"]
pub struct BasicFuture {
    check: Pin<Box<dyn Future<Output = Result<Option<Principal>, Refusal>> + Send>>,
}

impl Future for BasicFuture {
    type Output = Result<Option<Principal>, Refusal>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.check.as_mut().poll(cx)
    }
}

impl fmt::Debug for BasicFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicFuture").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
