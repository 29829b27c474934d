//! [`PanicReport`]: what is known of a panic and of the request that it ended.

use std::backtrace::Backtrace;

use http::{Method, Uri};

use super::hook::Panic;

/// How far the request had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PanicStage {
    /// There was no response yet; the client got a 500.
    Response,
    /// The response had begun; its body broke off.
    Body,
}

/// A panic, and the request that it ended.
#[derive(Debug)]
pub struct PanicReport<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) stage: PanicStage,
    pub(super) panic: &'a Panic,
}

impl PanicReport<'_> {
    /// What the panic said. Not escaped: it may quote what a client sent.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.panic.message
    }

    /// File, line and column, if the panic began under the layer and its hook is in place.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        Some(&self.panic.origin.as_ref()?.location)
    }

    /// The stack, where there is a location and the layer takes backtraces.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.panic.origin.as_ref()?.backtrace.as_ref()
    }

    /// The request's method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        self.method
    }

    /// The request's target. Its query may hold secrets.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        self.uri
    }

    /// How far the request had come.
    #[must_use]
    pub const fn stage(&self) -> PanicStage {
        self.stage
    }

    pub(super) fn log(&self) {
        let what = match self.stage {
            PanicStage::Response => "a handler panicked; its request is answered with 500",
            PanicStage::Body => "a response body panicked; the response is broken off",
        };
        // Formatted with `Debug`, which escapes control characters.
        tracing::error!(
            target: "hyperserve_middleware::recovery",
            method = %self.method,
            path = ?self.uri.path(),
            panic = ?self.message(),
            location = self.location(),
            backtrace = self.backtrace().map(tracing::field::display),
            "{what}"
        );
    }
}
