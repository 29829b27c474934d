//! [`SessionConfig`]: the cookie, and how long sessions last.

use std::time::Duration;

use super::SessionConfigError;

/// Whether the cookie is for TLS alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecureCookie {
    /// It is where the client uses TLS, as connection and trusted proxies tell.
    #[default]
    Auto,
    /// It is always: for a service behind a proxy that does TLS and does not say so.
    Always,
    /// It never is, and has no `__Host-` name.
    Never,
}

/// The cookie (RFC 6265bis), and how long sessions last.
///
/// | setting | default |
/// |---|---|
/// | name | `session`; over TLS `__Host-session` |
/// | idle | 2 hours |
/// | absolute | 24 hours |
/// | persistent | no: the browser forgets the cookie when it ends |
/// | secure | as the client's connection is |
/// | `SameSite` | `Lax` |
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionConfig {
    pub(super) name: String,
    pub(super) idle: Duration,
    pub(super) absolute: Duration,
    pub(super) persistent: bool,
    pub(super) secure: SecureCookie,
    pub(super) strict: bool,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            name: "session".to_owned(),
            idle: Duration::from_secs(2 * 60 * 60),
            absolute: Duration::from_secs(24 * 60 * 60),
            persistent: false,
            secure: SecureCookie::Auto,
            strict: false,
        }
    }
}

impl SessionConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name of the cookie; over TLS `__Host-` stands before it.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets how long after its last use a session ends.
    pub const fn with_idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets how long after its beginning a session ends, however much it is used.
    pub const fn with_absolute(mut self, absolute: Duration) -> Self {
        self.absolute = absolute;
        self
    }

    /// Sets whether a browser keeps the cookie when it ends, for as long as the session lasts.
    pub const fn with_persistent(mut self, persistent: bool) -> Self {
        self.persistent = persistent;
        self
    }

    /// Sets whether the cookie is for TLS alone.
    pub const fn with_secure(mut self, secure: SecureCookie) -> Self {
        self.secure = secure;
        self
    }

    /// Sets `SameSite=Strict` in the place of `Lax`: then nobody who follows a link from elsewhere has a session.
    pub const fn with_strict_site(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    pub(super) fn check(&self) -> Result<(), SessionConfigError> {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if self.name.is_empty() || self.name.len() > 64 || !self.name.bytes().all(token) {
            return Err(SessionConfigError::new(format!(
                "{:?} is no name of a cookie; use up to 64 letters, digits and dashes",
                self.name
            )));
        }
        if self.name.get(..2) == Some("__") {
            return Err(SessionConfigError::new(
                "leave the prefix of the cookie's name out; it is added over TLS",
            ));
        }
        if self.idle < Duration::from_secs(1) || self.absolute < self.idle {
            return Err(SessionConfigError::new(
                "sessions last a second at least, and idle no longer than in all; set `idle` and `absolute`",
            ));
        }
        Ok(())
    }
}
