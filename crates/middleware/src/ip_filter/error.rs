//! [`IpFilterError`].

use std::error::Error;
use std::fmt;

use hyperserve_core::NetworksError;

/// An entry that is no network: says which, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpFilterError(pub(super) NetworksError);

impl IpFilterError {
    /// The entry, as it was written.
    #[must_use]
    pub fn entry(&self) -> &str {
        self.0.entry()
    }
}

impl fmt::Display for IpFilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {}", self.0)
    }
}

impl Error for IpFilterError {}
