//! [`TrustedHostsError`].

use std::error::Error;
use std::fmt;

/// An entry that is no host: says which, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedHostsError {
    entry: Box<str>,
    why: &'static str,
}

impl TrustedHostsError {
    pub(super) fn new(entry: &str, why: &'static str) -> Self {
        Self { entry: entry.into(), why }
    }

    /// The entry, as it was written.
    #[must_use]
    pub const fn entry(&self) -> &str {
        &self.entry
    }
}

impl fmt::Display for TrustedHostsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trusted host {:?}: {}", self.entry, self.why)
    }
}

impl Error for TrustedHostsError {}
