//! [`Key`]: a key, and the algorithms it is for.

use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};

use super::JwtError;

pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl Key {
    pub(super) const fn new(id: Option<String>, algorithms: Vec<Algorithm>, key: DecodingKey) -> Self {
        Self { id, algorithms, key }
    }

    /// A shared secret of at least the length of the hash (RFC 7518 §3.2).
    pub(super) fn secret(algorithm: Algorithm, secret: &[u8]) -> Result<Self, JwtError> {
        let least = match algorithm {
            Algorithm::HS256 => 32,
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            other => return Err(JwtError::new(format!("{other:?} has no secret; give a public key in PEM"))),
        };
        if secret.len() < least {
            let text = format!(
                "the secret of {algorithm:?} has {} bytes; make one of {least} random bytes or more",
                secret.len()
            );
            return Err(JwtError::new(text));
        }
        Ok(Self::new(None, vec![algorithm], DecodingKey::from_secret(secret)))
    }

    /// A public key in PEM. The kind has to be the algorithm's.
    pub(super) fn pem(algorithm: Algorithm, pem: &[u8]) -> Result<Self, JwtError> {
        let key = match algorithm.family() {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem),
            AlgorithmFamily::Ed => DecodingKey::from_ed_pem(pem),
            AlgorithmFamily::Hmac => {
                return Err(JwtError::new(format!("{algorithm:?} has no public key; give it a secret")));
            }
        };
        let key = key.map_err(|error| {
            JwtError::new(format!("the PEM is no public key for {algorithm:?}")).with_source(error)
        })?;
        let key = Self::new(None, vec![algorithm], key);
        if key.is_usable(algorithm) {
            return Ok(key);
        }
        let text = format!(
            "the PEM is no public key for {algorithm:?}; give one of its curve, or of 2048 bits or more for RSA"
        );
        Err(JwtError::new(text))
    }

    /// Whether these bytes are such a key at all, which signatures would show too late. jsonwebtoken keeps them unparsed.
    fn is_usable(&self, algorithm: Algorithm) -> bool {
        use aws_lc_rs::signature as aws;
        let Ok(bytes) = self.key.try_get_as_bytes() else { return true };
        let parsed =
            |with: &'static dyn aws::VerificationAlgorithm| aws::ParsedPublicKey::new(with, bytes).is_ok();
        match algorithm {
            Algorithm::ES256 => parsed(&aws::ECDSA_P256_SHA256_FIXED),
            Algorithm::ES384 => parsed(&aws::ECDSA_P384_SHA384_FIXED),
            Algorithm::EdDSA => parsed(&aws::ED25519),
            _ => parsed(&aws::RSA_PKCS1_2048_8192_SHA256),
        }
    }

    /// Whether this is the signature of the message by this key.
    ///
    /// The provider is named: jsonwebtoken's default panics in a program where another crate has enabled a second one.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.key);
        verifier.is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }
}
