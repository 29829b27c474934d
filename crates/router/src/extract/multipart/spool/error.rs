//! [`PersistError`]: why a file could not be kept.

use std::error::Error;
use std::{fmt, io};

use http::StatusCode;
use hyperserve_core::{IntoResponse, Problem, Response};

use super::Spooled;
use crate::extract::fault::storage_status;

/// Why a [spooled](Spooled) field could not be kept, with the field: it can be kept elsewhere, and is removed with this error.
///
/// As a response it is 409 when there is a file of that name, 507 when there is no room, and otherwise 500.
#[derive(Debug)]
pub struct PersistError {
    error: io::Error,
    spooled: Option<Box<Spooled>>,
}

impl PersistError {
    pub(super) fn new(error: io::Error, spooled: Option<Spooled>) -> Self {
        Self { error, spooled: spooled.map(Box::new) }
    }

    /// What kind of error the file system reported: [`AlreadyExists`](io::ErrorKind::AlreadyExists) when there is a file of
    /// that name.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.error.kind()
    }

    /// What was to be kept; `None` only when the runtime ended meanwhile.
    #[must_use]
    pub fn into_spooled(self) -> Option<Spooled> {
        self.spooled.map(|spooled| *spooled)
    }

    fn status(&self) -> StatusCode {
        match self.kind() {
            io::ErrorKind::AlreadyExists => StatusCode::CONFLICT,
            _ => storage_status(&self.error),
        }
    }
}

impl From<PersistError> for io::Error {
    fn from(error: PersistError) -> Self {
        error.error
    }
}

impl From<PersistError> for Problem {
    fn from(error: PersistError) -> Self {
        Self::new(error.status()).with_cause(error.error)
    }
}

impl IntoResponse for PersistError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

impl fmt::Display for PersistError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("upload could not be kept")
    }
}

impl Error for PersistError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
