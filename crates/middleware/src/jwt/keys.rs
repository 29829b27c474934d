//! [`JwtKeys`]: where the keys come from.

use std::path::PathBuf;
use std::time::Duration;

use jsonwebtoken::Algorithm;

use super::JwtError;
use super::key::Key;
use super::key_set::KeySet;
use super::published::{Policy, Source};

/// The keys that tokens are checked with: some that are given, or a set that is published.
#[must_use]
pub struct JwtKeys {
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Given(Vec<Key>),
    Published(Source, Policy),
}

impl JwtKeys {
    /// A secret that is shared with whoever signs. As long as the hash at least: 32, 48 or 64 bytes (RFC 7518 §3.2).
    ///
    /// # Errors
    ///
    /// [`JwtError`] for a shorter one, and for an algorithm other than HS256, HS384 and HS512.
    pub fn secret(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, JwtError> {
        Key::secret(algorithm, secret.as_ref()).map(Self::given)
    }

    /// A public key in PEM.
    ///
    /// # Errors
    ///
    /// [`JwtError`] for what is no public key of this algorithm, and for RSA keys of less than 2048 bits.
    pub fn pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, JwtError> {
        Key::pem(algorithm, pem.as_ref()).map(Self::given)
    }

    /// A JWK Set that is looked at once.
    ///
    /// # Errors
    ///
    /// [`JwtError`] for what is none, and for one without a public key for signatures.
    pub fn set(json: impl AsRef<[u8]>) -> Result<Self, JwtError> {
        KeySet::parse(json.as_ref())?;
        Ok(Self { kind: Kind::Published(Source::Text(json.as_ref().to_vec()), Policy::default()) })
    }

    /// A JWK Set in a file, which is looked at again and again.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { kind: Kind::Published(Source::File(path.into()), Policy::default()) }
    }

    /// A JWK Set at an address, which is asked again and again: `https`, which needs the feature `jwt-https`, or `http` on
    /// this machine. Redirects are not followed.
    ///
    /// # Errors
    ///
    /// [`JwtError`] for other addresses: whoever can change the keys on their way is everybody.
    pub fn url(url: &str) -> Result<Self, JwtError> {
        Ok(Self { kind: Kind::Published(Source::url(url)?, Policy::default()) })
    }

    /// Takes other given keys as well, for the time in which one takes the place of another.
    ///
    /// # Errors
    ///
    /// [`JwtError`] unless both were given: one published set has all its keys.
    pub fn and(self, other: Self) -> Result<Self, JwtError> {
        match (self.kind, other.kind) {
            (Kind::Given(mut keys), Kind::Given(others)) => {
                keys.extend(others);
                Ok(Self { kind: Kind::Given(keys) })
            }
            _ => Err(JwtError::new(
                "published keys cannot be joined with others; publish one set with all of them",
            )),
        }
    }

    /// Sets how often a published set is looked at again. 10 minutes by default.
    pub fn with_refresh(mut self, every: Duration) -> Self {
        self.policy(|policy| policy.refresh = every);
        self
    }

    /// Sets for how long the keys that are known are used while a published set cannot be had. 24 hours by default.
    pub fn with_stale(mut self, at_most: Duration) -> Self {
        self.policy(|policy| policy.stale = at_most);
        self
    }

    /// Sets for how long an address is waited for. 10 s by default.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.policy(|policy| policy.timeout = timeout);
        self
    }

    /// Sets the certificates, in PEM, that may have signed that of the address. Those that the system trusts by default.
    ///
    /// # Errors
    ///
    /// [`JwtError`] for what is no certificate, and for keys that are not at an address.
    #[cfg(feature = "jwt-https")]
    pub fn with_root_certificates(mut self, pem: &[u8]) -> Result<Self, JwtError> {
        match &mut self.kind {
            Kind::Published(Source::Url(address), _) => address.trust(pem)?,
            Kind::Published(..) | Kind::Given(_) => {
                return Err(JwtError::new("these keys are not at an address; leave the certificates out"));
            }
        }
        Ok(self)
    }

    fn given(key: Key) -> Self {
        Self { kind: Kind::Given(vec![key]) }
    }

    fn policy(&mut self, change: impl FnOnce(&mut Policy)) {
        if let Kind::Published(_, policy) = &mut self.kind {
            change(policy);
        }
    }
}

impl std::fmt::Debug for JwtKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            Kind::Given(keys) => f.debug_struct("JwtKeys").field("given", &keys.len()).finish(),
            Kind::Published(source, policy) => {
                f.debug_struct("JwtKeys").field("source", source).field("policy", policy).finish()
            }
        }
    }
}
