//! Why a server could not start.

use std::error::Error;
use std::fmt;
use std::io;

/// A server that did not start, in one sentence with what to do.
pub struct ServerError {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    io: Option<io::ErrorKind>,
}

impl ServerError {
    pub(super) fn message(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None, io: None }
    }

    pub(super) fn caused(source: impl Error + Send + Sync + 'static) -> Self {
        Self { message: source.to_string(), source: Some(Box::new(source)), io: None }
    }

    pub(super) fn io(error: io::Error) -> Self {
        Self { io: Some(error.kind()), ..Self::caused(error) }
    }

    /// Whether an address is taken by another process.
    #[must_use]
    pub fn is_address_in_use(&self) -> bool {
        self.io == Some(io::ErrorKind::AddrInUse)
    }

    /// Whether the system did not permit an address.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        self.io == Some(io::ErrorKind::PermissionDenied)
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServerError").field(&self.message).finish()
    }
}

impl Error for ServerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().and_then(Error::source)
    }
}
