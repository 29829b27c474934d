//! [`CsrfError`].

use std::error::Error;
use std::fmt;

/// A trusted origin that no browser would send: says which, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsrfError {
    origin: Box<str>,
    why: &'static str,
}

impl CsrfError {
    pub(super) fn new(origin: &str, why: &'static str) -> Self {
        Self { origin: origin.into(), why }
    }

    /// The origin, as it was written.
    #[must_use]
    pub const fn origin(&self) -> &str {
        &self.origin
    }
}

impl fmt::Display for CsrfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trusted origin {:?}: {}", self.origin, self.why)
    }
}

impl Error for CsrfError {}
