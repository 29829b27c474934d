//! [`SessionKey`]: what cookies with data are sealed with.

use std::fmt;

use cookie::Key;
use sha2::{Digest as _, Sha512};

use super::SessionConfigError;

/// The fewest bytes a key is made of.
const SHORTEST: usize = 32;

/// The key that cookies with data are encrypted or signed with.
///
/// All processes of a service need the same, and it has to outlive them: read it from a file or the environment. There is no
/// default, since whoever knows the key can write sessions.
#[derive(Clone)]
#[must_use]
pub struct SessionKey {
    pub(super) key: Key,
}

impl SessionKey {
    /// A key made of these bytes, which must be random: 32 of them or more.
    ///
    /// What they are hashed to is used for sessions alone: an application may sign other cookies with the same bytes, and none
    /// of those is a session.
    ///
    /// # Errors
    ///
    /// [`SessionConfigError`] for less than 32 bytes.
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, SessionConfigError> {
        let bytes = bytes.as_ref();
        if bytes.len() < SHORTEST {
            let text =
                format!("the session key has {} bytes; make one of 32 random bytes or more", bytes.len());
            return Err(SessionConfigError::new(text));
        }
        let derived = Sha512::new_with_prefix(b"hyperserve session v1").chain_update(bytes).finalize();
        Ok(Self { key: Key::from(&derived) })
    }

    /// A new key, for one process and until it ends: for development and tests.
    ///
    /// # Errors
    ///
    /// [`SessionConfigError`] where the system has no random numbers.
    pub fn generate() -> Result<Self, SessionConfigError> {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).map_err(|error| {
            SessionConfigError::new(format!("no random numbers for a session key: {error}"))
        })?;
        Self::from_bytes(bytes)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_keys_are_errors_and_keys_are_not_shown() {
        let error = SessionKey::from_bytes([0; 31]).unwrap_err().to_string();
        assert_eq!(error, "the session key has 31 bytes; make one of 32 random bytes or more");
        let key = SessionKey::from_bytes([7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "SessionKey([redacted])");
        assert_ne!(key.key.master(), SessionKey::generate().unwrap().key.master());
    }
}
