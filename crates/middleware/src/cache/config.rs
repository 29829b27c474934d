//! [`CacheConfig`]: how much is kept, and what.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::Paths;

/// How much a [`ResponseCache`](super::ResponseCache) keeps, and what.
///
/// ```
/// use hyperserve_middleware::cache::{CacheConfig, ResponseCache};
///
/// let config = CacheConfig::new().with_capacity(256 * 1024 * 1024).with_excluded("/account, /api".parse()?);
/// let cache = ResponseCache::try_new(config)?;
///
/// let wrong = CacheConfig::new().with_capacity(1024);
/// assert!(ResponseCache::try_new(wrong).is_err(), "an entry may be larger than all of it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct CacheConfig {
    /// Bytes of all that is kept, bodies, fields and keys. 64 MiB by default.
    pub capacity: u64,
    /// Bytes of one body; a longer one is passed on and not kept. 1 MiB by default.
    pub entry_limit: usize,
    /// Responses of one URI that its `Vary` tells apart; the oldest goes for the next. 16 by default.
    pub variants: usize,
    /// The longest time that a response is taken for fresh which says nothing of it but `Last-Modified`: a tenth of its age
    /// (RFC 9111 §4.2.2). Off by default.
    pub heuristic: Option<Duration>,
    /// Whether requests with `Authorization` or a client certificate are answered from the store, and their responses kept if
    /// `public`, `s-maxage` or `must-revalidate` allow it (RFC 9111 §3.5). False by default: the store is not for them.
    pub authorized: bool,
    /// Whether responses with `Set-Cookie` are kept, cookie and all, if they say `public`. False by default.
    pub set_cookie: bool,
    /// Whether what answers a request with `Cookie` is kept without `public` or `s-maxage`. False by default.
    pub cookies: bool,
    /// Whether a request's `Cache-Control` counts (RFC 9111 §5.2.1). True by default.
    pub request_directives: bool,
    /// How this cache calls itself in `Cache-Status` (RFC 9211); `None` adds no field. `hyperserve` by default.
    pub name: Option<String>,
    /// The longest time that a request waits for another one to fetch the same. 5 s by default.
    pub wait: Duration,
    /// Requests that wait for one; those beyond go to the service themselves. 1024 by default.
    pub waiters: usize,
    /// How long it is remembered that an answer may not be kept, so that requests for it do not wait for each other. 10 s by
    /// default.
    pub pass: Duration,
    /// Paths that the cache leaves alone. None by default.
    pub excluded: Paths,
}

impl CacheConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            capacity: 64 * 1024 * 1024,
            entry_limit: 1024 * 1024,
            variants: 16,
            heuristic: None,
            authorized: false,
            set_cookie: false,
            cookies: false,
            request_directives: true,
            name: Some(String::from("hyperserve")),
            wait: Duration::from_secs(5),
            waiters: 1024,
            pass: Duration::from_secs(10),
            excluded: Paths::none(),
        }
    }

    /// Sets how many bytes are kept.
    pub const fn with_capacity(mut self, bytes: u64) -> Self {
        self.capacity = bytes;
        self
    }

    /// Sets how many bytes one body may have.
    pub const fn with_entry_limit(mut self, bytes: usize) -> Self {
        self.entry_limit = bytes;
        self
    }

    /// Sets how many responses one URI may have.
    pub const fn with_variants(mut self, count: usize) -> Self {
        self.variants = count;
        self
    }

    /// Sets the longest time that a guess takes a response for fresh.
    pub fn with_heuristic(mut self, longest: impl Into<Option<Duration>>) -> Self {
        self.heuristic = longest.into();
        self
    }

    /// Sets whether requests with credentials take part.
    pub const fn with_authorized(mut self, on: bool) -> Self {
        self.authorized = on;
        self
    }

    /// Sets whether responses with `Set-Cookie` are kept if they are `public`.
    pub const fn with_set_cookie(mut self, on: bool) -> Self {
        self.set_cookie = on;
        self
    }

    /// Sets whether answers to requests with `Cookie` are kept as all others are.
    pub const fn with_cookies(mut self, on: bool) -> Self {
        self.cookies = on;
        self
    }

    /// Sets whether a request's `Cache-Control` counts.
    pub const fn with_request_directives(mut self, on: bool) -> Self {
        self.request_directives = on;
        self
    }

    /// Sets the name in `Cache-Status`; `None` adds no field.
    pub fn with_name(mut self, name: impl Into<Option<String>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets how long a request waits for another one.
    pub const fn with_wait(mut self, longest: Duration) -> Self {
        self.wait = longest;
        self
    }

    /// Sets how many requests wait for one.
    pub const fn with_waiters(mut self, count: usize) -> Self {
        self.waiters = count;
        self
    }

    /// Sets how long it is remembered that an answer may not be kept.
    pub const fn with_pass(mut self, time: Duration) -> Self {
        self.pass = time;
        self
    }

    /// Sets the paths that the cache leaves alone.
    pub fn with_excluded(mut self, paths: Paths) -> Self {
        self.excluded = paths;
        self
    }

    pub(super) fn check(&self) -> Result<(), CacheConfigError> {
        if self.entry_limit as u64 > self.capacity {
            return Err(CacheConfigError(
                "`entry_limit` is larger than `capacity`: no such entry could be kept; lower the one or raise the other",
            ));
        }
        if self.variants == 0 || self.entry_limit == 0 {
            return Err(CacheConfigError(
                "`variants` and `entry_limit` must be at least 1; leave the layer out to keep nothing",
            ));
        }
        if self.name.as_deref().is_some_and(|name| !is_token(name)) {
            return Err(CacheConfigError(
                "`name` must be a token that begins with a letter, such as `hyperserve` (RFC 9211 §2)",
            ));
        }
        Ok(())
    }
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// A token of structured fields (RFC 9651 §3.3.4).
fn is_token(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte);
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '*') && name.bytes().all(inner)
}

/// What is wrong with a [`CacheConfig`], and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfigError(&'static str);

impl fmt::Display for CacheConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for CacheConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_an_error() {
        assert_eq!(CacheConfig::new().check(), Ok(()));
        assert_eq!(CacheConfig::new().with_name(None).check(), Ok(()));
        for (config, word) in [
            (CacheConfig::new().with_capacity(1000), "capacity"),
            (CacheConfig::new().with_variants(0), "variants"),
            (CacheConfig::new().with_entry_limit(0), "entry_limit"),
            (CacheConfig::new().with_name(String::from("a b")), "token"),
            (CacheConfig::new().with_name(String::new()), "token"),
            (CacheConfig::new().with_name(String::from("a\r\nb")), "token"),
        ] {
            let error = config.check().unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
