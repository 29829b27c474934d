//! [`CspNonce`]: the word by which a page's own scripts are told from others.

use std::cell::RefCell;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use http::request::Parts;
use hyperserve_core::{FromRequestParts, Problem};

const BITS_IN_BYTES: usize = 16;
const LETTERS: usize = 22;

/// How many nonces one call to the system is good for.
const AT_ONCE: usize = 32;

/// A nonce of a `Content-Security-Policy`: 128 random bits for one response (CSP 3 §2.3.1), as 22 letters, digits, `-` and
/// `_`, which no template language has to escape.
///
/// As an extractor it is there when a [`SecurityHeadersLayer`](super::SecurityHeadersLayer) whose policy has
/// [`NONCE`](super::csp::NONCE) in it is in front; otherwise it answers 500. Do not let a page with a nonce be cached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CspNonce {
    letters: [u8; LETTERS],
}

impl CspNonce {
    /// `None` when the system has no random bytes, so that the response can do without scripts.
    pub(super) fn random() -> Option<Self> {
        let mut letters = [0; LETTERS];
        let written = URL_SAFE_NO_PAD.encode_slice(random_bytes()?, &mut letters).ok()?;
        (written == LETTERS).then_some(Self { letters })
    }

    /// The value of the `nonce` attribute.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.letters).unwrap_or_default()
    }
}

impl fmt::Display for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Without the value: who can read it can run scripts.
impl fmt::Debug for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CspNonce")
    }
}

impl<S: Sync> FromRequestParts<S> for CspNonce {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get().copied().ok_or_else(|| {
            let cause = "no security-headers layer whose policy has a nonce is in front of this handler";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(cause)
        })
    }
}

struct Pool {
    bytes: [u8; BITS_IN_BYTES * AT_ONCE],
    left: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; BITS_IN_BYTES * AT_ONCE], left: 0 }) };
}

/// Each byte is handed out once, and forgotten.
fn random_bytes() -> Option<[u8; BITS_IN_BYTES]> {
    POOL.with_borrow_mut(|pool| {
        if pool.left == 0 {
            getrandom::fill(&mut pool.bytes).ok()?;
            pool.left = AT_ONCE;
        }
        pool.left -= 1;
        let taken = pool.bytes.get_mut(pool.left * BITS_IN_BYTES..)?.first_chunk_mut()?;
        Some(std::mem::take(taken))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_alike() {
        let seen: HashSet<String> = (0..1000).map(|_| CspNonce::random().unwrap().to_string()).collect();
        assert_eq!(seen.len(), 1000);
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(seen.iter().all(|nonce| nonce.len() == 22 && nonce.bytes().all(is_letter)));
    }

    #[test]
    fn it_is_not_shown_by_accident() {
        assert_eq!(format!("{:?}", CspNonce::random().unwrap()), "CspNonce");
    }
}
