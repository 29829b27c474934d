//! Problem details (RFC 9457): the one error body of every HyperServe crate.
//!
//! A [`Problem`] answers as JSON and travels along in the response's extensions, so that whoever knows what the
//! client accepts can [`rerender`] it as text or HTML. One renderer serves the whole process and can be
//! [replaced](set_renderer).
//!
//! ```
//! use http::StatusCode;
//! use hyperserve_core::{IntoResponse, Problem, problem::{self, Format}};
//!
//! let problem = Problem::new(StatusCode::CONFLICT)
//!     .with_type("https://example.com/problems/seat-taken")
//!     .with_title("Seat taken")
//!     .with_detail("Seat 14C went to somebody else.")
//!     .with_extension("seat", "14C");
//! let json = problem.into_response();
//! assert_eq!(
//!     json.body().as_bytes().unwrap(),
//!     r#"{"type":"https://example.com/problems/seat-taken","title":"Seat taken","status":409,"detail":"Seat 14C went to somebody else.","seat":"14C"}"#,
//! );
//! let text = problem::rerender(json, Format::Text);
//! assert!(text.body().as_bytes().unwrap().starts_with(b"409 Seat taken\nSeat 14C went to somebody else.\n"));
//! ```

mod format;
mod html;
mod json;
mod negotiate;
mod render;
mod respond;
mod text;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use crate::BoxError;

pub use self::format::{Accept, Format};
pub use self::render::{Renderer, Rendering, render, reset_renderer, set_renderer};
pub use self::respond::rerender;

/// The type of a problem that its status explains well enough (RFC 9457 §4.2.1).
const ABOUT_BLANK: &str = "about:blank";

/// The member names that the standard keeps for itself (RFC 9457 §3.1), and `causes`, which is ours.
const RESERVED: [&str; 6] = ["type", "title", "status", "detail", "instance", "causes"];

static DEBUG: AtomicBool = AtomicBool::new(false);

/// Whether problems show their causes to clients; off until switched on, for the whole process.
pub fn set_debug(on: bool) {
    DEBUG.store(on, Ordering::Relaxed);
}

/// Whether problems show their causes to clients.
#[must_use]
pub fn is_debug() -> bool {
    DEBUG.load(Ordering::Relaxed)
}

/// An error as clients see it (RFC 9457).
///
/// Everything but the [cause](Problem::with_cause) is public: write details for the client, and hand the error
/// itself to `with_cause`, which is logged and shown only in [debug mode](set_debug).
/// Cloning costs one reference count.
#[derive(Clone)]
#[must_use]
pub struct Problem {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    status: StatusCode,
    kind: Cow<'static, str>,
    title: Option<Cow<'static, str>>,
    detail: Option<Cow<'static, str>>,
    instance: Option<Cow<'static, str>>,
    extensions: Vec<(Cow<'static, str>, Value)>,
    headers: HeaderMap,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem of this status: type `about:blank`, and the status's reason phrase as its title.
    pub fn new(status: StatusCode) -> Self {
        let inner = Inner {
            status,
            kind: Cow::Borrowed(ABOUT_BLANK),
            title: None,
            detail: None,
            instance: None,
            extensions: Vec::new(),
            headers: HeaderMap::new(),
            cause: None,
        };
        Self { inner: Arc::new(inner) }
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }

    /// Sets the type, a URI reference that identifies the kind of problem (RFC 9457 §3.1.1).
    pub fn with_type(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.inner_mut().kind = uri.into();
        self
    }

    /// Sets the title, a short summary that is the same for every problem of a type (RFC 9457 §3.1.3).
    pub fn with_title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.inner_mut().title = Some(title.into());
        self
    }

    /// Sets the detail, the explanation of this occurrence that helps the client to correct it (RFC 9457 §3.1.4).
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.inner_mut().detail = Some(detail.into());
        self
    }

    /// Sets the instance, a URI reference that identifies this occurrence (RFC 9457 §3.1.5).
    pub fn with_instance(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.inner_mut().instance = Some(uri.into());
        self
    }

    /// Sets an extension member (RFC 9457 §3.2); a second value for a name takes the place of the first.
    ///
    /// A name that the standard reserves (`type`, `title`, `status`, `detail`, `instance`), or `causes`, is not
    /// allowed: the call is logged and changes nothing.
    pub fn with_extension(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        if RESERVED.contains(&&*name) {
            tracing::warn!(name = ?name, "problem extension left out: the name is reserved");
            return self;
        }
        let extensions = &mut self.inner_mut().extensions;
        match extensions.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => extensions.push((name, value)),
        }
        self
    }

    /// Adds a header to the response, such as `Allow` or `Retry-After`.
    ///
    /// A name or value that HTTP does not allow is logged and left out: the problem is still told.
    /// `Content-Type` and `Content-Length` are the renderer's and are overwritten.
    pub fn with_header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        match (name.try_into(), value.try_into()) {
            (Ok(name), Ok(value)) => {
                self.inner_mut().headers.append(name, value);
            }
            _ => tracing::error!(status = self.status().as_u16(), "problem header left out: not valid"),
        }
        self
    }

    /// Sets the error behind the problem. It is logged when the response is made, and its text is shown to
    /// clients only in [debug mode](set_debug).
    pub fn with_cause(mut self, cause: impl Into<BoxError>) -> Self {
        self.inner_mut().cause = Some(Arc::from(cause.into()));
        self
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status
    }

    /// The type; `about:blank` unless set.
    #[must_use]
    pub fn type_uri(&self) -> &str {
        &self.inner.kind
    }

    /// The title; the status's reason phrase unless set.
    #[must_use]
    pub fn title(&self) -> &str {
        let reason = || self.inner.status.canonical_reason().unwrap_or("Error");
        self.inner.title.as_deref().unwrap_or_else(reason)
    }

    /// The detail.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.inner.detail.as_deref()
    }

    /// The instance.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.inner.instance.as_deref()
    }

    /// An extension member.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&Value> {
        self.extensions().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The extension members, in the order in which they were set.
    pub fn extensions(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.inner.extensions.iter().map(|(name, value)| (&**name, value))
    }

    /// The headers that the response gets besides those of its rendering.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.inner.headers
    }

    /// The error behind the problem: for logs, not for clients.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.inner.cause.as_deref()
    }

    /// The texts of the cause and its sources, if clients may see them (see [`set_debug`]); a renderer of your
    /// own should show this and not [`cause`](Problem::cause).
    pub fn visible_causes(&self) -> impl Iterator<Item = String> {
        let cause = self.cause().filter(|_| is_debug()).map(|cause| cause as &(dyn Error + 'static));
        std::iter::successors(cause, |error| (*error).source()).map(ToString::to_string)
    }
}

impl From<StatusCode> for Problem {
    fn from(status: StatusCode) -> Self {
        Self::new(status)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status().as_u16(), self.title())?;
        self.detail().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("status", &self.inner.status)
            .field("type", &self.inner.kind)
            .field("title", &self.title())
            .field("detail", &self.inner.detail)
            .field("instance", &self.inner.instance)
            .field("extensions", &self.inner.extensions)
            .field("cause", &self.inner.cause)
            .finish_non_exhaustive()
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause().map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests;
