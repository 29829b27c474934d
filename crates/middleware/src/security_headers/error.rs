//! [`SecurityHeadersError`].

use std::error::Error;
use std::fmt;

/// A configuration that browsers would not understand: one sentence that says what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityHeadersError {
    sentence: Box<str>,
}

impl SecurityHeadersError {
    pub(super) fn new(sentence: impl Into<Box<str>>) -> Self {
        Self { sentence: sentence.into() }
    }
}

impl fmt::Display for SecurityHeadersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl Error for SecurityHeadersError {}
