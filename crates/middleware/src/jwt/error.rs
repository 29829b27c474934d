//! [`JwtError`]: keys or settings that cannot be used, and keys that cannot be had.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use hyperserve_core::BoxError;

/// Keys or settings that cannot be used, or published keys that cannot be had. Its text says what to do.
#[derive(Debug)]
pub struct JwtError {
    text: Cow<'static, str>,
    source: Option<BoxError>,
}

impl JwtError {
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), source: None }
    }

    pub(super) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for JwtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for JwtError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
