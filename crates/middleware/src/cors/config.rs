//! [`CorsConfig`]: what pages of other origins may do.

use std::time::Duration;

use super::policy::Policy;
use super::{CorsError, CorsLayer};

/// What pages of other origins may do.
///
/// | | default |
/// |---|---|
/// | `origins` | none: name some |
/// | `methods` | GET, HEAD, POST, PUT, PATCH, DELETE |
/// | `headers` | `Authorization`, `Content-Type` |
/// | `exposed` | none but those that are always readable |
/// | `credentials` | no |
/// | `private_network` | no |
/// | `max_age` | 10 min |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct CorsConfig {
    /// Origins: `https://app.example`, `https://*.app.example` (the names below it, not itself), `http://localhost:*` (every
    /// port), `tauri://localhost`, `null` (sandboxed frames and local files), or `*` for all.
    pub origins: Vec<String>,
    /// Methods that a page may use, or `*`.
    pub methods: Vec<String>,
    /// Request headers that a page may set, or `*` for all but `Authorization`, which browsers want named.
    pub headers: Vec<String>,
    /// Response headers that a page may read beside `Cache-Control`, `Content-Language`, `Content-Length`, `Content-Type`,
    /// `Expires`, `Last-Modified` and `Pragma`, or `*`.
    pub exposed: Vec<String>,
    /// Whether a page may send cookies and client certificates, and read what is answered to them.
    pub credentials: bool,
    /// Whether a page of the public internet may reach this server in a private network, where browsers ask.
    pub private_network: bool,
    /// How long browsers keep the answer to a preflight; Chromium at most 2 h, Firefox 24 h. Without it 5 s.
    pub max_age: Option<Duration>,
}

impl Default for CorsConfig {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            methods: list(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            headers: list(["Authorization", "Content-Type"]),
            exposed: Vec::new(),
            credentials: false,
            private_network: false,
            max_age: Some(Duration::from_secs(600)),
        }
    }
}

fn list<T: Into<String>>(entries: impl IntoIterator<Item = T>) -> Vec<String> {
    entries.into_iter().map(Into::into).collect()
}

impl CorsConfig {
    /// The defaults: no origin yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the origins.
    pub fn with_origins<T: Into<String>>(mut self, origins: impl IntoIterator<Item = T>) -> Self {
        self.origins = list(origins);
        self
    }

    /// Sets the methods.
    pub fn with_methods<T: Into<String>>(mut self, methods: impl IntoIterator<Item = T>) -> Self {
        self.methods = list(methods);
        self
    }

    /// Sets the request headers.
    pub fn with_headers<T: Into<String>>(mut self, headers: impl IntoIterator<Item = T>) -> Self {
        self.headers = list(headers);
        self
    }

    /// Sets the response headers that pages may read.
    pub fn with_exposed<T: Into<String>>(mut self, headers: impl IntoIterator<Item = T>) -> Self {
        self.exposed = list(headers);
        self
    }

    /// Sets whether credentials are allowed.
    pub const fn with_credentials(mut self, allowed: bool) -> Self {
        self.credentials = allowed;
        self
    }

    /// Sets whether pages of the public internet may reach a private network.
    pub const fn with_private_network(mut self, allowed: bool) -> Self {
        self.private_network = allowed;
        self
    }

    /// Sets how long a preflight's answer is kept, in whole seconds; zero for not at all, `None` for the browser's 5 s.
    pub const fn with_max_age(mut self, age: Option<Duration>) -> Self {
        self.max_age = age;
        self
    }

    /// Makes the layer.
    ///
    /// # Errors
    ///
    /// No origin; an origin, method or header that cannot be; credentials together with `*` or `null`.
    pub fn build(&self) -> Result<CorsLayer, CorsError> {
        Policy::new(self).map(CorsLayer::new)
    }
}
