//! [`Format`]: the three shapes a problem can take.

use http::HeaderMap;

use super::negotiate;

/// The shape in which a problem is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `application/problem+json` (RFC 9457 §3), what programs read.
    #[default]
    Json,
    /// Plain text, for terminals.
    Text,
    /// A small page, for browsers.
    Html,
}

impl Format {
    /// Picks the format that the request's `Accept` headers like best (RFC 9110 §12.5.1).
    ///
    /// The highest `q` wins; among equals the more specific range, then JSON before text before HTML. Without an
    /// `Accept`, or when it takes none of the three, the answer is JSON: an error is told in any case
    /// (RFC 9110 §12.4.1). Nothing is allocated.
    #[must_use]
    pub fn negotiate(headers: &HeaderMap) -> Self {
        negotiate::best(headers)
    }

    /// The media type of the built-in rendering.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/problem+json",
            Self::Text => "text/plain; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}
