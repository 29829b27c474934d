//! [`HealthCheck`]: something that a service needs, and how to ask whether it is there.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyperserve_core::BoxError;

pub(super) type Checking = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// A check of one's own: an async function that says whether something that the service needs is there.
///
/// Probes that come at the same time share one run, and its result serves those of the next second. A check that panics, or
/// takes too long, has failed. It must not block its thread: what blocks belongs on `tokio::task::spawn_blocking`.
#[derive(Clone)]
#[must_use]
pub struct HealthCheck {
    pub(super) name: Cow<'static, str>,
    pub(super) run: Arc<dyn Fn() -> Checking + Send + Sync>,
    pub(super) timeout: Duration,
    pub(super) keep: Duration,
    pub(super) is_critical: bool,
}

impl HealthCheck {
    /// A critical check of this name. The name is shown to clients.
    pub fn new<F, Fut, E>(name: impl Into<Cow<'static, str>>, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let run = move || -> Checking {
            let checking = check();
            Box::pin(async move { checking.await.map_err(Into::into) })
        };
        let second = Duration::from_secs(1);
        Self { name: name.into(), run: Arc::new(run), timeout: second, keep: second, is_critical: true }
    }

    /// Sets how long the check may take. 1 s by default.
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets for how long a result serves further probes. 1 s by default; zero asks each time.
    pub const fn with_cache(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// The service can do without it: if the check fails, `/healthz` says `degraded`, and all probes are 200.
    pub const fn optional(mut self) -> Self {
        self.is_critical = false;
        self
    }
}

impl fmt::Debug for HealthCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthCheck")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("cache", &self.keep)
            .field("is_critical", &self.is_critical)
            .finish_non_exhaustive()
    }
}
