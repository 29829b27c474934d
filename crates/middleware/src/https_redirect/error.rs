//! [`HttpsRedirectError`].

use std::error::Error;
use std::fmt;

/// A host that nobody can be sent to: says which, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsRedirectError {
    entry: Box<str>,
    why: &'static str,
}

impl HttpsRedirectError {
    pub(super) fn new(entry: &str, why: &'static str) -> Self {
        Self { entry: entry.into(), why }
    }

    /// The entry, as it was written.
    #[must_use]
    pub const fn entry(&self) -> &str {
        &self.entry
    }
}

impl fmt::Display for HttpsRedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host of the HTTPS redirect {:?}: {}", self.entry, self.why)
    }
}

impl Error for HttpsRedirectError {}
