//! [`AppError`]: why an application does not run.

use std::error::Error;
use std::fmt;
use std::io;

use hyperserve_router::RouteErrors;
use hyperserve_server::ServerError;

use crate::ConfigError;

/// An application that does not run: which of its routes, settings, addresses or files is at fault, or that its start failed. A line
/// for each fault.
pub struct AppError {
    cause: Cause,
}

#[cfg_attr(
    not(feature = "stack"),
    expect(dead_code, reason = "what runs beside an application comes with the stack")
)]
enum Cause {
    Routes(RouteErrors),
    Config(ConfigError),
    Server(ServerError),
    /// The listeners beside the main ones.
    Aside(io::Error),
    /// Anything else, in a sentence.
    Other(String),
}

impl AppError {
    #[cfg(feature = "stack")]
    pub(super) const fn aside(error: io::Error) -> Self {
        Self { cause: Cause::Aside(error) }
    }

    #[cfg(feature = "stack")]
    pub(super) const fn other(sentence: String) -> Self {
        Self { cause: Cause::Other(sentence) }
    }

    /// Whether the routes are at fault.
    #[must_use]
    pub const fn is_routes(&self) -> bool {
        matches!(self.cause, Cause::Routes(_))
    }

    /// Whether the configuration is at fault.
    #[must_use]
    pub const fn is_config(&self) -> bool {
        matches!(self.cause, Cause::Config(_))
    }

    /// Whether an address is taken by another process.
    #[must_use]
    pub fn is_address_in_use(&self) -> bool {
        match &self.cause {
            Cause::Server(error) => error.is_address_in_use(),
            Cause::Aside(error) => error.kind() == io::ErrorKind::AddrInUse,
            Cause::Routes(_) | Cause::Config(_) | Cause::Other(_) => false,
        }
    }

    /// Whether the system did not permit an address.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        match &self.cause {
            Cause::Server(error) => error.is_permission_denied(),
            Cause::Aside(error) => error.kind() == io::ErrorKind::PermissionDenied,
            Cause::Routes(_) | Cause::Config(_) | Cause::Other(_) => false,
        }
    }

    /// What is wrong with the configuration, if that is it.
    #[must_use]
    pub const fn config(&self) -> Option<&ConfigError> {
        match &self.cause {
            Cause::Config(error) => Some(error),
            _ => None,
        }
    }

    /// What is wrong with the routes, if that is it.
    #[must_use]
    pub const fn routes(&self) -> Option<&RouteErrors> {
        match &self.cause {
            Cause::Routes(errors) => Some(errors),
            _ => None,
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Routes(errors) => errors.fmt(f),
            Cause::Config(error) => error.fmt(f),
            Cause::Server(error) => error.fmt(f),
            Cause::Aside(error) => error.fmt(f),
            Cause::Other(sentence) => f.write_str(sentence),
        }
    }
}

/// As it displays: it is what `fn main() -> Result<(), AppError>` prints.
impl fmt::Debug for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for AppError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Server(error) => error.source(),
            Cause::Aside(error) => Error::source(error),
            Cause::Routes(_) | Cause::Config(_) | Cause::Other(_) => None,
        }
    }
}

impl From<RouteErrors> for AppError {
    fn from(errors: RouteErrors) -> Self {
        Self { cause: Cause::Routes(errors) }
    }
}

impl From<ConfigError> for AppError {
    fn from(error: ConfigError) -> Self {
        Self { cause: Cause::Config(error) }
    }
}

impl From<ServerError> for AppError {
    fn from(error: ServerError) -> Self {
        Self { cause: Cause::Server(error) }
    }
}
