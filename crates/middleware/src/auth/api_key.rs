//! [`ApiKeyAuth`]: keys in a header of their own.

use std::collections::HashMap;
use std::fmt;
use std::future::Ready;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::{Extensions, HeaderMap, HeaderName};
use hyperserve_core::Principal;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{AuthError, Authenticator, Challenge, Check, Refusal};

const SCHEME: &str = "ApiKey";
const HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// The shortest key that is taken, in bytes: whoever tries a thousand a second is not to find one.
const SHORTEST: usize = 16;

type Digest = [u8; 32];

/// Keys, and whose they are. Only their SHA-256 digests are kept.
#[derive(Clone, Default)]
#[must_use]
pub struct ApiKeys {
    /// By the first half of the digest.
    known: HashMap<[u8; 16], (Digest, Principal)>,
}

impl ApiKeys {
    /// No keys yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// [`AuthError`] for a key of less than 16 bytes, and for one that is there already.
    pub fn with_key(self, key: impl AsRef<[u8]>, principal: Principal) -> Result<Self, AuthError> {
        let key = key.as_ref();
        if key.len() < SHORTEST {
            let subject = principal.subject();
            let text =
                format!("the API key of {subject:?} has less than {SHORTEST} bytes; make a longer one");
            return Err(AuthError::new(text));
        }
        self.add(digest(key), principal)
    }

    /// Adds a key of which only the SHA-256 digest is known, in 64 hexadecimal digits (`sha256sum` writes it so): so that
    /// no file has the key itself.
    ///
    /// # Errors
    ///
    /// [`AuthError`] for what is no digest, and for a key that is there already.
    pub fn with_digest(self, hex: &str, principal: Principal) -> Result<Self, AuthError> {
        let Some(digest) = read_hex(hex) else {
            let subject = principal.subject();
            let text = format!("the digest of the API key of {subject:?} is not 64 hexadecimal digits");
            return Err(AuthError::new(text));
        };
        self.add(digest, principal)
    }

    fn add(mut self, digest: Digest, principal: Principal) -> Result<Self, AuthError> {
        let named = if principal.scheme().is_empty() { principal.with_scheme(SCHEME) } else { principal };
        let subject = named.subject().to_owned();
        if self.known.insert(half(&digest), (digest, named)).is_some() {
            return Err(AuthError::new(format!(
                "the API key of {subject:?} is another's too; make a new one"
            )));
        }
        Ok(self)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whose key it is. The digest is found by its first half, which tells nothing of the key, and compared whole in constant
    /// time.
    fn find(&self, key: &[u8]) -> Option<&Principal> {
        let asked = digest(key);
        let (known, principal) = self.known.get(&half(&asked))?;
        bool::from(known.ct_eq(&asked)).then_some(principal)
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("len", &self.len()).finish()
    }
}

fn digest(key: &[u8]) -> Digest {
    Sha256::digest(key).into()
}

fn half(digest: &Digest) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

fn read_hex(hex: &str) -> Option<Digest> {
    let (mut digest, digits) = ([0; 32], hex.as_bytes());
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let (high, low) = (char::from(pair[0]).to_digit(16)?, char::from(pair[1]).to_digit(16)?);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(digest)
}

/// Checks API keys in a header, `X-API-Key` unless told otherwise.
///
/// Clones share their keys, so that [`ApiKeyAuth::replace`] on one is seen by the layer that has another.
#[derive(Clone, Debug)]
#[must_use]
pub struct ApiKeyAuth {
    keys: Arc<ArcSwap<ApiKeys>>,
    header: HeaderName,
    challenge: Challenge,
}

impl ApiKeyAuth {
    /// Takes these keys in `X-API-Key`; the realm is `api`.
    pub fn new(keys: ApiKeys) -> Self {
        let challenge = Challenge::fixed("ApiKey realm=\"api\", header=\"x-api-key\"");
        Self { keys: Arc::new(ArcSwap::from_pointee(keys)), header: HEADER, challenge }
    }

    /// Sets the header and the realm of the challenge. `ApiKey` is no registered scheme, but RFC 9110 §11.6.1 asks for one.
    ///
    /// # Errors
    ///
    /// [`AuthError`] for what is no name of a header, for `Authorization` and `Cookie`, which are for other schemes, and for
    /// a realm with characters other than printable ASCII.
    pub fn try_with_header(mut self, header: &str, realm: &str) -> Result<Self, AuthError> {
        let name: HeaderName = header.parse().map_err(|_| {
            AuthError::new(format!("{header:?} is no name of a header; use one such as X-API-Key"))
        })?;
        if name == http::header::AUTHORIZATION || name == http::header::COOKIE {
            return Err(AuthError::new(format!("API keys cannot be in {name}; use a header of their own")));
        }
        self.challenge = Challenge::try_new(SCHEME, [("realm", realm), ("header", name.as_str())])?;
        self.header = name;
        Ok(self)
    }

    /// Replaces all keys, for requests from now on.
    pub fn replace(&self, keys: ApiKeys) {
        self.keys.store(Arc::new(keys));
    }
}

impl Authenticator for ApiKeyAuth {
    type Future = Ready<Result<Option<Principal>, Refusal>>;

    fn authenticate(&self, headers: &HeaderMap, _extensions: &Extensions) -> Check<Self::Future> {
        let mut values = headers.get_all(&self.header).iter();
        Check::Done(match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(key), None) => match self.keys.load().find(key.as_bytes()) {
                Some(principal) => Ok(Some(principal.clone())),
                None => Err(Refusal::wrong("The API key is not known.")),
            },
            (Some(_), Some(_)) => Err(Refusal::malformed("The request has more than one API key.")),
        })
    }

    fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    fn header(&self) -> &HeaderName {
        &self.header
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ask, send};
    use super::*;
    use crate::Paths;
    use crate::auth::AuthLayer;
    use http::Request;
    use hyperserve_core::{Body, Challenges};

    const KEY: &str = "k-3f9a5c1e8b7d2460";

    fn keys() -> ApiKeys {
        ApiKeys::new().with_key(KEY, Principal::new("robot")).unwrap()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_key_has_a_principal_and_keeps_the_answer_private() {
        let answer = ask(&AuthLayer::new(ApiKeyAuth::new(keys())), &[("x-api-key", KEY)]).await;
        assert_eq!((answer.status, answer.principal.as_deref()), (200, Some("robot by ApiKey")));
        assert_eq!(answer.header("cache-control"), Some("private"));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn other_keys_are_refused() {
        let layer = AuthLayer::new(ApiKeyAuth::new(keys()));
        for (headers, status) in [
            (&[][..], 401),
            (&[("authorization", "Bearer k-3f9a5c1e8b7d2460")], 401),
            (&[("x-api-key", "")], 401),
            (&[("x-api-key", "K-3f9a5c1e8b7d2460")], 401),
            (&[("x-api-key", KEY), ("x-api-key", KEY)], 400),
        ] {
            let answer = ask(&layer, headers).await;
            let challenge = "ApiKey realm=\"api\", header=\"x-api-key\"";
            assert_eq!((answer.status, answer.header("www-authenticate")), (status, Some(challenge)));
            assert_eq!(answer.principal, None);
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn keys_are_replaced_while_a_layer_has_them() {
        let auth = ApiKeyAuth::new(keys()).try_with_header("X-Token", "lab").unwrap();
        let layer = AuthLayer::new(auth.clone());
        assert_eq!(ask(&layer, &[("x-token", KEY)]).await.status, 200);
        auth.replace(ApiKeys::new());
        let answer = ask(&layer, &[("x-token", KEY)]).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), Some("ApiKey realm=\"lab\", header=\"x-token\""));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn optional_layers_let_nobody_pass_and_no_wrong_key() {
        let layer = AuthLayer::new(ApiKeyAuth::new(keys())).with_optional(true);
        let answer = ask(&layer, &[]).await;
        assert_eq!((answer.status, answer.principal), (200, None));
        assert_eq!(ask(&layer, &[("x-api-key", "something else")]).await.status, 401);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn public_paths_and_known_principals_are_not_asked() {
        let layer = AuthLayer::new(ApiKeyAuth::new(keys())).with_public(Paths::try_new(["/x"]).unwrap());
        assert_eq!(ask(&layer, &[("x-api-key", "wrong")]).await.status, 200);
        let layer = AuthLayer::new(ApiKeyAuth::new(keys()));
        let mut request = Request::new(Body::empty());
        Principal::new("ada").with_scheme("Bearer").insert_into(request.extensions_mut());
        assert_eq!(send(&layer, request).await.principal.as_deref(), Some("ada by Bearer"));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn challenges_of_layers_further_out_are_told_as_well() {
        let layer = AuthLayer::new(ApiKeyAuth::new(keys()));
        let mut request = Request::new(Body::empty());
        Challenges::add(request.extensions_mut(), http::HeaderValue::from_static("Basic"));
        let answer = send(&layer, request).await;
        let told: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        assert_eq!(told, ["Basic", "ApiKey realm=\"api\", header=\"x-api-key\""]);
    }

    #[test]
    fn digests_stand_for_keys() {
        let hex: String = digest(KEY.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let keys = ApiKeys::new().with_digest(&hex, Principal::new("robot")).unwrap();
        assert!(keys.find(KEY.as_bytes()).is_some() && keys.find(hex.as_bytes()).is_none());
        assert!(keys.with_key(KEY, Principal::new("other")).is_err(), "one key, two names");
    }

    #[test]
    fn what_is_wrong_with_keys_is_an_error_without_the_key() {
        let error = ApiKeys::new().with_key("hunter2", Principal::new("ada")).unwrap_err().to_string();
        assert_eq!(error, "the API key of \"ada\" has less than 16 bytes; make a longer one");
        for hex in ["", "00", &"g".repeat(64), &"\u{e9}".repeat(32)] {
            assert!(ApiKeys::new().with_digest(hex, Principal::new("ada")).is_err(), "{hex}");
        }
        for header in ["", "a b", "Authorization", "cookie"] {
            assert!(ApiKeyAuth::new(ApiKeys::new()).try_with_header(header, "api").is_err(), "{header}");
        }
    }
}
