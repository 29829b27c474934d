//! [`HealthBuilder`]: what the probes look at.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use hyperserve_core::Shutdown;

use super::check::HealthCheck;
use super::deferred::Deferred;
use super::service::Health;
use super::watch::Watched;

type Condition = Arc<dyn Fn() -> bool + Send + Sync>;
pub(super) type Figure = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Members of the answers that are taken.
const TAKEN: [&str; 3] = ["status", "uptime", "checks"];

/// Settings of [`Health`].
#[derive(Clone)]
#[must_use]
pub struct HealthBuilder {
    pub(super) checks: Vec<HealthCheck>,
    pub(super) conditions: Vec<Condition>,
    pub(super) shutdown: Shutdown,
    pub(super) deferred: Option<Deferred>,
    pub(super) figures: Vec<(Cow<'static, str>, Figure)>,
}

/// What probes are answered from.
pub(super) struct Registry {
    pub(super) checks: Vec<Arc<Watched>>,
    pub(super) conditions: Vec<Condition>,
    pub(super) shutdown: Shutdown,
    pub(super) deferred: Option<Deferred>,
    pub(super) figures: Vec<(Cow<'static, str>, Figure)>,
    pub(super) since: Instant,
}

impl HealthBuilder {
    pub(super) const fn new() -> Self {
        Self {
            checks: Vec::new(),
            conditions: Vec::new(),
            shutdown: Shutdown::never(),
            deferred: None,
            figures: Vec::new(),
        }
    }

    /// Adds a check.
    pub fn with_check(mut self, check: HealthCheck) -> Self {
        self.checks.push(check);
        self
    }

    /// Adds a condition without which the service is not ready: that the server takes requests, which it stops to do at the
    /// very beginning of a drain. It is asked for each probe.
    ///
    /// ```
    /// # use hyperserve_middleware::health::{Health, HealthError};
    /// # fn with(handle: hyperserve_server::Handle) -> Result<Health, HealthError> {
    /// Health::builder().with_ready(move || handle.is_ready()).build()
    /// # }
    /// ```
    pub fn with_ready(mut self, is_ready: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Arc::new(is_ready));
        self
    }

    /// Sets a token with which readiness ends. That of the request's own server counts besides.
    pub fn with_shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Sets what the start is waited for with.
    pub fn with_deferred(mut self, deferred: &Deferred) -> Self {
        self.deferred = Some(deferred.clone());
        self
    }

    /// Adds a figure to what `/healthz` says: `total_requests`.
    pub fn with_figure(
        mut self,
        name: impl Into<Cow<'static, str>>,
        figure: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        self.figures.push((name.into(), Arc::new(figure)));
        self
    }

    /// Makes the service. Uptime begins now.
    ///
    /// # Errors
    ///
    /// Two checks or two figures of one name, a name that is empty or has control characters in it, a figure called
    /// `status`, `uptime` or `checks`, and a timeout of zero.
    pub fn build(self) -> Result<Health, HealthError> {
        self.validate()?;
        let registry = Registry {
            checks: self.checks.into_iter().map(Watched::new).collect(),
            conditions: self.conditions,
            shutdown: self.shutdown,
            deferred: self.deferred,
            figures: self.figures,
            since: Instant::now(),
        };
        Ok(Health::new(registry))
    }

    fn validate(&self) -> Result<(), HealthError> {
        let checks: Vec<&str> = self.checks.iter().map(|check| &*check.name).collect();
        let figures: Vec<&str> = self.figures.iter().map(|figure| &*figure.0).collect();
        names("check", &checks)?;
        names("figure", &figures)?;
        if let Some(name) = figures.iter().find(|name| TAKEN.contains(name)) {
            return Err(HealthError::new(format!("a figure cannot be called `{name}`: choose another name")));
        }
        match self.checks.iter().find(|check| check.timeout.is_zero()) {
            Some(check) => {
                Err(HealthError::new(format!("the check `{}` has no time: give it a timeout", check.name)))
            }
            None => Ok(()),
        }
    }
}

fn names(what: &str, names: &[&str]) -> Result<(), HealthError> {
    for (place, name) in names.iter().enumerate() {
        if name.is_empty() || name.contains(char::is_control) {
            return Err(HealthError::new(format!("a {what} needs a name without control characters")));
        }
        if names[..place].contains(name) {
            return Err(HealthError::new(format!("there are two {what}s called `{name}`: rename one")));
        }
    }
    Ok(())
}

/// Without checks: what [`Health::builder`] gives.
impl Default for HealthBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HealthBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthBuilder").field("checks", &self.checks).finish_non_exhaustive()
    }
}

/// Settings of probes that cannot be.
#[derive(Clone, Debug)]
pub struct HealthError {
    message: String,
}

impl HealthError {
    const fn new(message: String) -> Self {
        Self { message }
    }
}

impl fmt::Display for HealthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for HealthError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn check(name: &'static str) -> HealthCheck {
        HealthCheck::new(name, async || Ok::<_, std::io::Error>(()))
    }

    #[test]
    fn what_cannot_be_is_told_when_built() {
        let health = HealthBuilder::new;
        let fault = |builder: HealthBuilder| builder.build().unwrap_err().to_string();
        assert!(
            fault(health().with_check(check("a")).with_check(check("a"))).contains("two checks called `a`")
        );
        assert!(fault(health().with_check(check(""))).contains("needs a name"));
        assert!(fault(health().with_check(check("a\n"))).contains("control"));
        assert!(fault(health().with_figure("uptime", || 0)).contains("cannot be called `uptime`"));
        assert!(fault(health().with_check(check("a").with_timeout(Duration::ZERO))).contains("no time"));
        assert!(health().with_check(check("a")).with_figure("a", || 0).build().is_ok());
    }
}
