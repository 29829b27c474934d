//! [`IpFilterError`].

use std::error::Error;
use std::fmt;

/// An entry that is no network: says which, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpFilterError {
    entry: Box<str>,
    why: Box<str>,
}

impl IpFilterError {
    pub(super) fn new(entry: &str, why: impl Into<Box<str>>) -> Self {
        Self { entry: entry.into(), why: why.into() }
    }

    /// The entry, as it was written.
    #[must_use]
    pub const fn entry(&self) -> &str {
        &self.entry
    }
}

impl fmt::Display for IpFilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {:?}: {}", self.entry, self.why)
    }
}

impl Error for IpFilterError {}
