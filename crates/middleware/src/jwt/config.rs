//! [`JwtConfig`]: which tokens are taken.

use std::time::Duration;

use jsonwebtoken::Algorithm;

use super::claims::Rules;
use super::key_set::KeySet;
use super::keys::Kind;
use super::published::Published;
use super::verifier::Keys;
use super::{JwtError, JwtKeys, JwtVerifier};

/// What published keys may be for unless told otherwise.
const PUBLISHED: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// Leeways above this are taken for mistakes.
const MOST_LEEWAY: Duration = Duration::from_secs(600);

/// Which tokens are taken, and what is read from them.
///
/// | setting | default |
/// |---|---|
/// | algorithms | those of the keys that were given; RS256, PS256, ES256 and EdDSA for published keys |
/// | issuer, audience | to be named for published keys; for given keys, any issuer, and no audience |
/// | leeway | 60 s |
/// | required claims | `exp`, `sub` |
/// | type | none, `JWT` or `at+jwt` |
#[derive(Debug)]
#[must_use]
pub struct JwtConfig {
    keys: JwtKeys,
    algorithms: Option<Vec<Algorithm>>,
    any_issuer: bool,
    rules: Rules,
    leeway: Duration,
    wanted_type: Option<String>,
}

impl JwtConfig {
    /// Checks tokens with these keys.
    pub fn new(keys: JwtKeys) -> Self {
        let rules = Rules {
            issuers: Vec::new(),
            audiences: Vec::new(),
            any_audience: false,
            leeway: 0,
            required: Vec::new(),
            subject: "sub".to_owned(),
        };
        let leeway = Duration::from_secs(60);
        Self { keys, algorithms: None, any_issuer: false, rules, leeway, wanted_type: None }
    }

    /// Sets the algorithms that are taken.
    pub fn with_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Adds an issuer whose tokens are taken: `iss`, byte by byte.
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.rules.issuers.push(issuer.into());
        self
    }

    /// Takes the tokens of any issuer that the keys are good for.
    pub const fn with_any_issuer(mut self) -> Self {
        self.any_issuer = true;
        self
    }

    /// Adds a name of this service: one of them has to be in `aud`.
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.rules.audiences.push(audience.into());
        self
    }

    /// Takes tokens for anybody. With keys of an identity provider, those are the tokens of all its clients.
    pub const fn with_any_audience(mut self) -> Self {
        self.rules.any_audience = true;
        self
    }

    /// Sets by how much clocks may differ: 60 s by default, 10 minutes at most.
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Adds a claim that has to be there.
    pub fn with_required(mut self, claim: impl Into<String>) -> Self {
        self.rules.required.push(claim.into());
        self
    }

    /// Sets the claim that names the principal. `sub` by default.
    pub fn with_subject_claim(mut self, claim: impl Into<String>) -> Self {
        self.rules.subject = claim.into();
        self
    }

    /// Sets the only `typ` that is taken, such as `at+jwt` (RFC 9068 §2.1).
    pub fn with_type(mut self, wanted: impl Into<String>) -> Self {
        self.wanted_type = Some(wanted.into());
        self
    }

    /// The verifier. Keys in a file are read; keys at an address are fetched with the first token, or by
    /// [`JwtVerifier::refresh`].
    ///
    /// # Errors
    ///
    /// [`JwtError`] if no key is for the algorithms, if published keys come without issuer or audience, for a leeway above
    /// 10 minutes, and for a file that cannot be read.
    pub fn build(mut self) -> Result<JwtVerifier, JwtError> {
        if self.leeway > MOST_LEEWAY {
            return Err(JwtError::new("the leeway is above 10 minutes; set the clocks instead"));
        }
        self.rules.leeway = self.leeway.as_secs();
        self.check_names()?;
        let (keys, usual) = match self.keys.kind {
            Kind::Given(keys) => {
                let set = KeySet::given(keys);
                let usual = set.algorithms();
                (Keys::Given(set), usual)
            }
            Kind::Published(source, policy) => {
                (Keys::Published(Published::open(source, policy)?), PUBLISHED.to_vec())
            }
        };
        let algorithms = self.algorithms.unwrap_or(usual);
        check_algorithms(&algorithms, &keys)?;
        Ok(JwtVerifier::new(keys, algorithms, self.rules, self.wanted_type))
    }

    fn check_names(&self) -> Result<(), JwtError> {
        let rules = &self.rules;
        if rules.any_audience && !rules.audiences.is_empty() {
            return Err(JwtError::new("either name an audience or take any; both were asked for"));
        }
        if self.any_issuer && !rules.issuers.is_empty() {
            return Err(JwtError::new("either name an issuer or take any; both were asked for"));
        }
        if !matches!(self.keys.kind, Kind::Published(..)) {
            return Ok(());
        }
        if rules.issuers.is_empty() && !self.any_issuer {
            return Err(JwtError::new("published keys need an issuer; name it with `with_issuer`"));
        }
        if rules.audiences.is_empty() && !rules.any_audience {
            return Err(JwtError::new(
                "published keys need an audience; name this service with `with_audience`",
            ));
        }
        Ok(())
    }
}

fn check_algorithms(algorithms: &[Algorithm], keys: &Keys) -> Result<(), JwtError> {
    let served = match keys {
        Keys::Given(set) => algorithms.iter().all(|algorithm| set.serves(&[*algorithm])),
        // A secret is never published.
        Keys::Published(_) => algorithms
            .iter()
            .all(|algorithm| !matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)),
    };
    if algorithms.is_empty() || !served {
        return Err(JwtError::new("there is an algorithm without a key; name those that the keys are for"));
    }
    Ok(())
}
