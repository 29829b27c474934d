//! [`Remembered`]: passwords that were right a moment ago, as digests that say nothing outside this process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

const MOST: usize = 1024;

pub(super) struct Remembered {
    /// `None` where the system has no random numbers: then nothing is remembered.
    key: Option<[u8; 32]>,
    duration: Duration,
    until: Mutex<HashMap<[u8; 32], Instant>>,
}

impl Remembered {
    pub(super) fn new(duration: Duration) -> Self {
        let mut key = [0; 32];
        let key = getrandom::fill(&mut key).is_ok().then_some(key);
        Self { key, duration, until: Mutex::default() }
    }

    pub(super) fn has(&self, name: &str, password: &[u8], hash: &str) -> bool {
        let Some(digest) = self.digest(name, password, hash) else { return false };
        self.lock().get(&digest).is_some_and(|until| *until > Instant::now())
    }

    pub(super) fn keep(&self, name: &str, password: &[u8], hash: &str) {
        let Some(digest) = self.digest(name, password, hash) else { return };
        let now = Instant::now();
        let mut until = self.lock();
        if until.len() >= MOST {
            until.retain(|_, until| *until > now);
        }
        if until.len() < MOST {
            until.insert(digest, now + self.duration);
        }
    }

    /// The hash is a part, so that a new password ends what was known of the old one. Parts have their lengths before them.
    fn digest(&self, name: &str, password: &[u8], hash: &str) -> Option<[u8; 32]> {
        let mut sha = Sha256::new_with_prefix(self.key?);
        for part in [name.as_bytes(), hash.as_bytes(), password] {
            sha.update((part.len() as u64).to_le_bytes());
            sha.update(part);
        }
        Some(sha.finalize().into())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("duration", &self.duration).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_parts_count() {
        let remembered = Remembered::new(Duration::from_secs(60));
        remembered.keep("ada", b"pw", "hash");
        assert!(remembered.has("ada", b"pw", "hash"));
        for (name, password, hash) in [
            ("adap", &b"w"[..], "hash"),
            ("ada", b"pw", "new"),
            ("ada", b"", "hashpw"),
            ("bob", b"pw", "hash"),
        ] {
            assert!(!remembered.has(name, password, hash));
        }
    }

    #[test]
    fn it_ends_and_is_bounded() {
        let remembered = Remembered::new(Duration::from_nanos(1));
        for number in 0..MOST * 2 {
            remembered.keep(&number.to_string(), b"", "");
        }
        assert!(remembered.lock().len() <= MOST);
        assert!(!remembered.has("0", b"", ""));
    }
}
