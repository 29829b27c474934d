//! [`SessionError`], of requests, and [`SessionConfigError`], of settings.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use http::{StatusCode, header};
use hyperserve_core::{BoxError, IntoResponse, Problem, Response};

/// A session that could not be read or written.
///
/// Answers 503 with `Retry-After: 5` if its store cannot be reached, and 500 otherwise.
#[derive(Debug)]
pub struct SessionError {
    kind: Kind,
    source: BoxError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Store,
    Value,
    TooLarge,
}

impl SessionError {
    pub(super) fn store(source: impl Into<BoxError>) -> Self {
        Self { kind: Kind::Store, source: source.into() }
    }

    pub(super) fn value(source: impl Into<BoxError>) -> Self {
        Self { kind: Kind::Value, source: source.into() }
    }

    pub(super) fn too_large(bytes: usize, most: usize) -> Self {
        let text = format!("the session would have {bytes} bytes of {most}; keep less in it, or use a store");
        Self { kind: Kind::TooLarge, source: text.into() }
    }

    /// The store could not be reached, or failed.
    #[must_use]
    pub fn is_store(&self) -> bool {
        self.kind == Kind::Store
    }

    /// A value is not of the type asked for, or cannot be written as JSON.
    #[must_use]
    pub fn is_value(&self) -> bool {
        self.kind == Kind::Value
    }

    /// The data would be more than a session holds.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.kind == Kind::TooLarge
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Store => "the store of sessions failed",
            Kind::Value => "a value of the session is not what was expected",
            Kind::TooLarge => "the session is too large",
        })
    }
}

impl Error for SessionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        if error.is_store() {
            let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE).with_header(header::RETRY_AFTER, "5");
            problem.with_detail("Sessions cannot be had at the moment.").with_cause(error)
        } else {
            Self::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error)
        }
    }
}

impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// Settings of sessions that cannot be used; the text says what to do.
#[derive(Debug)]
pub struct SessionConfigError(Cow<'static, str>);

impl SessionConfigError {
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SessionConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for SessionConfigError {}
