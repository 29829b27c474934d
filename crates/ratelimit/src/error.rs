//! [`RateLimitError`]: what is wrong in a configuration.

use std::error::Error;
use std::fmt;

/// A setting of a gate or a layer that cannot be: says which, and what to write. It comes when the gate or the layer is
/// built, never with a request.
#[derive(Debug)]
pub struct RateLimitError {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl RateLimitError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    #[cfg(feature = "redis")]
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for RateLimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for RateLimitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
