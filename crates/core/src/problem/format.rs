//! [`Format`]: the three shapes a problem can take, and [`Accept`]: which of them a request would like.

use http::{HeaderMap, HeaderValue, header};

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
        negotiate::best(headers.get_all(header::ACCEPT))
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

/// What a request accepts, kept for a problem that may have to be told: few requests end in one, so nothing is read before.
///
/// ```
/// use hyperserve_core::problem::{Accept, Format};
///
/// let request = http::Request::get("/").header("accept", "text/html, */*;q=0.5").body(()).unwrap();
/// let accept = Accept::of(request.headers());
/// assert_eq!(accept.format(), Format::Html);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Accept {
    first: Option<HeaderValue>,
    others: Vec<HeaderValue>,
}

impl Accept {
    /// The `Accept` fields among `headers`. Their bytes are shared, not copied.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::ACCEPT).iter().cloned();
        Self { first: values.next(), others: values.collect() }
    }

    /// The format they like best, as [`Format::negotiate`] finds it.
    #[must_use]
    pub fn format(&self) -> Format {
        negotiate::best(self.first.iter().chain(&self.others))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_accept_is_kept() {
        let mut headers = HeaderMap::new();
        assert_eq!(Accept::of(&headers).format(), Format::Json);
        for value in ["text/html;q=0.1", "text/plain;q=0.2", "application/json;q=0.3"] {
            headers.append(header::ACCEPT, HeaderValue::from_static(value));
            assert_eq!(Accept::of(&headers).format(), Format::negotiate(&headers), "{value}");
        }
        assert_eq!(Accept::of(&headers).format(), Format::Json);
        headers.append(header::ACCEPT, HeaderValue::from_static("text/plain"));
        assert_eq!(Accept::of(&headers).format(), Format::Text);
    }
}
