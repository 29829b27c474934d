//! [`AuthError`]: what is wrong with users, keys or realms, when a layer is built.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Users, keys or a realm that cannot be used. Its text says which, and what to do; it never quotes a secret.
#[derive(Debug)]
pub struct AuthError {
    text: Cow<'static, str>,
    source: Option<std::io::Error>,
}

impl AuthError {
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), source: None }
    }

    #[cfg(feature = "auth-basic")]
    pub(crate) fn with_source(mut self, source: std::io::Error) -> Self {
        self.source = Some(source);
        self
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
