//! [`KeySet`]: keys to choose from, and reading a JWK Set (RFC 7517 §5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use super::JwtError;
use super::key::Key;

/// The most keys of a set that are read.
const MOST: usize = 100;

/// The least length of an RSA modulus: 2048 bits (RFC 7518 §3.3).
const MODULUS: usize = 256;

const RSA: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

pub(super) struct KeySet {
    keys: Vec<Key>,
    /// Whether keys are chosen by `kid`. Those that were given without one are all tried.
    by_id: bool,
}

impl KeySet {
    pub(super) const fn given(keys: Vec<Key>) -> Self {
        Self { keys, by_id: false }
    }

    /// Reads a JWK Set; what cannot be used is passed over, as RFC 7517 §5 has it.
    pub(super) fn parse(json: &[u8]) -> Result<Self, JwtError> {
        let set: Value = serde_json::from_slice(json)
            .map_err(|error| JwtError::new("the JWK Set is no JSON").with_source(error))?;
        let listed = set.get("keys").and_then(Value::as_array);
        let listed = listed.ok_or_else(|| JwtError::new("the JWK Set has no list `keys`"))?;
        let keys: Vec<Key> = listed.iter().take(MOST).filter_map(read).collect();
        if keys.is_empty() {
            return Err(JwtError::new("the JWK Set has no public key for signatures"));
        }
        Ok(Self { keys, by_id: true })
    }

    /// The keys that may have signed a token. There is none if it does not say which of several.
    pub(super) fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        let fits = move |key: &&Key| {
            let named = !self.by_id || id.is_none() || key.id.as_deref() == id;
            named && key.algorithms.contains(&algorithm)
        };
        let ambiguous = self.by_id && id.is_none() && self.keys.iter().filter(fits).nth(1).is_some();
        self.keys.iter().filter(fits).take(if ambiguous { 0 } else { usize::MAX })
    }

    /// Whether one of its keys is for one of these algorithms.
    pub(super) fn serves(&self, algorithms: &[Algorithm]) -> bool {
        self.keys.iter().any(|key| key.algorithms.iter().any(|algorithm| algorithms.contains(algorithm)))
    }

    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        let mut all: Vec<Algorithm> = Vec::new();
        for algorithm in self.keys.iter().flat_map(|key| &key.algorithms) {
            if !all.contains(algorithm) {
                all.push(*algorithm);
            }
        }
        all
    }
}

fn read(value: &Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
    let common = &jwk.common;
    let signs = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let operations = common.key_operations.as_ref();
    if !signs || operations.is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
        return None;
    }
    let mut algorithms = algorithms(&jwk)?;
    if let Some(named) = common.key_algorithm {
        let named = Algorithm::try_from(named).ok()?;
        algorithms.retain(|algorithm| *algorithm == named);
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    (!algorithms.is_empty()).then(|| Key::new(common.key_id.clone(), algorithms, key))
}

/// What a key can be for, by its type and curve. A secret is for nothing: a set is public.
fn algorithms(jwk: &Jwk) -> Option<Vec<Algorithm>> {
    match &jwk.algorithm {
        AlgorithmParameters::RSA(key) => {
            let modulus = URL_SAFE_NO_PAD.decode(&key.n).ok()?;
            let leading = modulus.iter().take_while(|byte| **byte == 0).count();
            (modulus.len() - leading >= MODULUS).then(|| RSA.to_vec())
        }
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => Some(vec![Algorithm::ES256]),
            EllipticCurve::P384 => Some(vec![Algorithm::ES384]),
            _ => None,
        },
        AlgorithmParameters::OctetKeyPair(key) => {
            (key.curve == EllipticCurve::Ed25519).then(|| vec![Algorithm::EdDSA])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EC: &str = r#""kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM""#;

    fn set(keys: &[&str]) -> Result<KeySet, JwtError> {
        KeySet::parse(format!("{{\"keys\":[{}]}}", keys.join(",")).as_bytes())
    }

    fn count(set: &KeySet, id: Option<&str>, algorithm: Algorithm) -> usize {
        set.candidates(id, algorithm).count()
    }

    #[test]
    fn keys_are_chosen_by_id_and_algorithm() {
        let set = set(&[
            &format!(r#"{{{EC},"kid":"a","use":"sig"}}"#),
            &format!(r#"{{{EC},"kid":"b","key_ops":["verify"],"alg":"ES256"}}"#),
        ])
        .unwrap();
        assert_eq!(count(&set, Some("a"), Algorithm::ES256), 1);
        assert_eq!(count(&set, Some("c"), Algorithm::ES256), 0);
        assert_eq!(count(&set, Some("a"), Algorithm::ES384), 0);
        assert_eq!(count(&set, None, Algorithm::ES256), 0, "it does not say which");
        assert_eq!(set.algorithms(), [Algorithm::ES256]);
    }

    #[test]
    fn a_token_without_id_takes_the_only_key() {
        let set = set(&[&format!(r#"{{{EC},"kid":"a"}}"#)]).unwrap();
        assert_eq!(count(&set, None, Algorithm::ES256), 1);
    }

    #[test]
    fn what_cannot_be_used_is_passed_over() {
        for key in [
            r#"{"kty":"oct","kid":"s","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
            &format!(r#"{{{EC},"use":"enc"}}"#),
            &format!(r#"{{{EC},"key_ops":["sign"]}}"#),
            &format!(r#"{{{EC},"alg":"RS256"}}"#),
            &format!(r#"{{{EC},"alg":"RSA-OAEP"}}"#),
            r#"{"kty":"RSA","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1Wl","e":"AQAB"}"#,
            r#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#,
            r#"{"kty":"new"}"#,
            "7",
        ] {
            assert!(set(&[key]).is_err(), "{key}");
            assert!(set(&[key, &format!("{{{EC}}}")]).is_ok(), "{key}");
        }
    }

    #[test]
    fn other_texts_are_no_sets() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#] {
            assert!(KeySet::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
