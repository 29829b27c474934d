//! [`Hsts`]: the host is to be spoken to over TLS alone (RFC 6797).

use std::time::Duration;

use super::SecurityHeadersError;

const YEAR: Duration = Duration::from_secs(31_536_000);

/// `Strict-Transport-Security`: 365 days, subdomains included, by default.
///
/// It is sent over TLS alone (RFC 6797 §7.2), and never for `localhost` and other names of this machine: a browser remembers
/// it for every port, and would keep visitors from what else is developed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Hsts {
    max_age: Duration,
    subdomains: bool,
    preload: bool,
}

impl Default for Hsts {
    fn default() -> Self {
        Self::new()
    }
}

impl Hsts {
    /// 365 days, subdomains included.
    pub const fn new() -> Self {
        Self { max_age: YEAR, subdomains: true, preload: false }
    }

    /// Sets how long browsers remember it, in whole seconds; zero makes them forget (RFC 6797 §6.1.1).
    pub const fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Sets whether it holds for all subdomains as well (RFC 6797 §6.1.2).
    pub const fn with_subdomains(mut self, included: bool) -> Self {
        self.subdomains = included;
        self
    }

    /// Sets whether browsers may ship with it (hstspreload.org). It takes months to be taken back. Needs 365 days, and
    /// subdomains.
    pub const fn with_preload(mut self, preload: bool) -> Self {
        self.preload = preload;
        self
    }

    pub(super) fn value(self) -> Result<String, SecurityHeadersError> {
        if self.preload && (self.max_age < YEAR || !self.subdomains) {
            let sentence = "HSTS can be preloaded only with subdomains and for at least 365 days: set both, or leave \
                            preloading out";
            return Err(SecurityHeadersError::new(sentence));
        }
        let subdomains = if self.subdomains { "; includeSubDomains" } else { "" };
        let preload = if self.preload { "; preload" } else { "" };
        Ok(format!("max-age={}{subdomains}{preload}", self.max_age.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preloading_has_conditions() {
        assert_eq!(Hsts::new().value().unwrap(), "max-age=31536000; includeSubDomains");
        assert_eq!(
            Hsts::new().with_preload(true).value().unwrap(),
            "max-age=31536000; includeSubDomains; preload"
        );
        let forget = Hsts::new().with_max_age(Duration::ZERO).with_subdomains(false);
        assert_eq!(forget.value().unwrap(), "max-age=0");
        for bad in [forget.with_preload(true), Hsts::new().with_subdomains(false).with_preload(true)] {
            assert!(bad.value().unwrap_err().to_string().contains("365 days"));
        }
    }
}
