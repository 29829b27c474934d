//! [`LimitsError`]: a limit that cannot be meant.

use std::error::Error;
use std::fmt;

/// A limit that cannot be meant; says what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsError {
    text: &'static str,
}

impl LimitsError {
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text }
    }
}

impl fmt::Display for LimitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl Error for LimitsError {}
