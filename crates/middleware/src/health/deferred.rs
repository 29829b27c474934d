//! [`Deferred`]: a start that is not over when the listeners are open.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{StatusCode, header};
use hyperserve_core::{BoxError, Problem};
use tokio::sync::Notify;

type Hook = Box<dyn FnOnce() + Send>;

/// How far a start is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeferredState {
    /// Not over.
    Starting,
    /// The service can serve.
    Ready,
    /// It could not start.
    Failed,
}

/// A start that takes its time: the server listens at once, and until the start is over the service answers with 503 and
/// `Retry-After` ([`DeferredLayer`](super::DeferredLayer)) and is not ready
/// ([`HealthBuilder::with_deferred`](super::HealthBuilder::with_deferred)). Clones are the same start.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use hyperserve_middleware::health::{Deferred, DeferredState};
///
/// let deferred = Deferred::new();
/// deferred.on_ready(|| println!("let them come"));
/// assert_eq!(deferred.state(), DeferredState::Starting);
///
/// let starting = deferred.clone();
/// tokio::spawn(async move { starting.run(async { Ok::<_, std::io::Error>(()) }).await });
/// deferred.ready().await;
/// # }
/// ```
///
/// # When it fails
///
/// The service goes on to answer with 503, for whoever looks into it: a later [`complete`](Self::complete) makes it ready yet.
/// To give up instead, stop the server in [`on_failure`](Self::on_failure).
#[derive(Clone)]
pub struct Deferred {
    inner: Arc<Inner>,
}

struct Inner {
    state: AtomicU8,
    changed: Notify,
    retry_after: Mutex<Duration>,
    hooks: Mutex<Hooks>,
}

#[derive(Default)]
struct Hooks {
    ready: Vec<Hook>,
    failure: Vec<Hook>,
    /// Those for a service that is ready run now.
    completing: bool,
}

const STARTING: u8 = 0;
const READY: u8 = 1;
const FAILED: u8 = 2;

impl Deferred {
    /// A start that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                state: AtomicU8::new(STARTING),
                changed: Notify::new(),
                retry_after: Mutex::new(Duration::from_secs(5)),
                hooks: Mutex::default(),
            }),
        }
    }

    /// Sets after how long clients are told to come again, rounded up to whole seconds. 5 s by default.
    #[must_use]
    pub fn with_retry_after(self, after: Duration) -> Self {
        *self.inner.retry_after.lock().unwrap_or_else(PoisonError::into_inner) = after;
        self
    }

    /// Calls `hook` once the service is ready, at once if it is already. Hooks run in the order in which they were added,
    /// before the first request is let in.
    pub fn on_ready(&self, hook: impl FnOnce() + Send + 'static) {
        self.hook(hook, DeferredState::Ready, |hooks| &mut hooks.ready);
    }

    /// Calls `hook` when the start fails, at once if it has already: `move || handle.stop()` gives up.
    pub fn on_failure(&self, hook: impl FnOnce() + Send + 'static) {
        self.hook(hook, DeferredState::Failed, |hooks| &mut hooks.failure);
    }

    fn hook(
        &self,
        hook: impl FnOnce() + Send + 'static,
        when: DeferredState,
        of: fn(&mut Hooks) -> &mut Vec<Hook>,
    ) {
        {
            let mut hooks = self.hooks();
            if self.state() != when {
                of(&mut hooks).push(Box::new(hook));
                return;
            }
        }
        hook();
    }

    /// Runs the start, and says whether the service is ready. An error is logged, and the start has failed; so it has when
    /// the start or a hook panics.
    pub async fn run<E: Into<BoxError>>(&self, start: impl Future<Output = Result<(), E>>) -> bool {
        let _panicked = FailsOnPanic(self);
        match start.await {
            Ok(()) => self.complete(),
            Err(error) => self.fail(error),
        }
        self.state() == DeferredState::Ready
    }

    /// The start is over: runs the hooks, and lets requests in. A second call changes nothing.
    pub fn complete(&self) {
        if self.state() == DeferredState::Ready || std::mem::replace(&mut self.hooks().completing, true) {
            return;
        }
        let _completing = Completing(self);
        // Hooks may add hooks: these run as well.
        while let Some(hooks) = self.hooks_or_ready() {
            hooks.into_iter().for_each(|hook| hook());
        }
        tracing::info!("the service is ready");
        self.inner.changed.notify_waiters();
    }

    /// The hooks to run next; once there are none, the service is ready.
    fn hooks_or_ready(&self) -> Option<Vec<Hook>> {
        let mut hooks = self.hooks();
        if hooks.ready.is_empty() {
            self.inner.state.store(READY, Ordering::Release);
            return None;
        }
        Some(std::mem::take(&mut hooks.ready))
    }

    /// The start has failed; a service that is ready stays so.
    pub fn fail(&self, error: impl Into<BoxError>) {
        let hooks = {
            let mut hooks = self.hooks();
            if self.state() == DeferredState::Ready {
                return;
            }
            self.inner.state.store(FAILED, Ordering::Release);
            std::mem::take(&mut hooks.failure)
        };
        tracing::error!(error = ?error.into().to_string(), "the service could not start");
        hooks.into_iter().for_each(|hook| hook());
    }

    /// Nothing is left half done by a panic under the lock.
    fn hooks(&self) -> MutexGuard<'_, Hooks> {
        self.inner.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far it is: one atomic load.
    #[must_use]
    pub fn state(&self) -> DeferredState {
        match self.inner.state.load(Ordering::Acquire) {
            STARTING => DeferredState::Starting,
            READY => DeferredState::Ready,
            _ => DeferredState::Failed,
        }
    }

    /// Waits until the service is ready.
    pub async fn ready(&self) {
        let mut changed = pin!(self.inner.changed.notified());
        // Registered before the state is read, so that a change between the two is not missed.
        changed.as_mut().enable();
        if self.state() != DeferredState::Ready {
            changed.await;
        }
    }

    /// What clients are told meanwhile.
    pub(super) fn problem(&self, detail: &'static str) -> Problem {
        let after = *self.inner.retry_after.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        Problem::new(StatusCode::SERVICE_UNAVAILABLE)
            .with_detail(detail)
            .with_header(header::RETRY_AFTER, seconds)
    }

    /// What is answered in the place of the service, unless it is ready.
    pub(super) fn refusal(&self) -> Option<Problem> {
        match self.state() {
            DeferredState::Ready => None,
            DeferredState::Starting => Some(self.problem("The service is starting.")),
            DeferredState::Failed => Some(self.problem("The service could not start.")),
        }
    }
}

struct FailsOnPanic<'a>(&'a Deferred);

impl Drop for FailsOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail("the start panicked");
        }
    }
}

/// A hook that panics ends the completing, not the possibility of it.
struct Completing<'a>(&'a Deferred);

impl Drop for Completing<'_> {
    fn drop(&mut self) {
        self.0.hooks().completing = false;
    }
}

impl Default for Deferred {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred").field("state", &self.state()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering::Relaxed;

    #[tokio::test]
    async fn hooks_run_before_requests_are_let_in() {
        let deferred = Deferred::new();
        let (seen, inside) = (Arc::new(Mutex::new(Vec::new())), deferred.clone());
        for number in 0..2 {
            let (seen, inside) = (Arc::clone(&seen), inside.clone());
            deferred.on_ready(move || {
                seen.lock().unwrap().push((number, inside.state()));
                inside.on_ready(move || seen.lock().unwrap().push((number + 10, DeferredState::Starting)));
            });
        }
        assert!(deferred.run(async { Ok::<_, BoxError>(()) }).await);
        let order: Vec<u32> = seen.lock().unwrap().iter().map(|(number, _)| *number).collect();
        assert_eq!(order, [0, 1, 10, 11]);
        assert!(seen.lock().unwrap().iter().all(|(_, state)| *state == DeferredState::Starting));
        deferred.ready().await;
        deferred.fail("too late");
        assert_eq!(deferred.state(), DeferredState::Ready);
    }

    #[tokio::test]
    async fn a_failure_stays_until_somebody_completes_it() {
        let (deferred, given_up) = (Deferred::new(), Arc::new(AtomicU32::new(0)));
        let counter = Arc::clone(&given_up);
        deferred.on_failure(move || counter.store(counter.load(Relaxed) + 1, Relaxed));
        assert!(!deferred.run(async { Err("no database") }).await);
        assert_eq!((deferred.state(), given_up.load(Relaxed)), (DeferredState::Failed, 1));
        let counter = Arc::clone(&given_up);
        deferred.on_failure(move || counter.store(counter.load(Relaxed) + 1, Relaxed));
        assert_eq!(given_up.load(Relaxed), 2);
        assert_eq!(deferred.refusal().unwrap().headers()["retry-after"], "5");
        deferred.complete();
        assert!(deferred.refusal().is_none());
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_and_a_start_that_is_dropped_is_none() {
        let deferred = Deferred::new().with_retry_after(Duration::from_millis(1500));
        let starting = deferred.clone();
        drop(starting.run(std::future::pending::<Result<(), BoxError>>()));
        assert_eq!(deferred.state(), DeferredState::Starting);
        let start = async { if true { panic!("as it should") } else { Ok::<_, BoxError>(()) } };
        assert!(tokio::spawn(async move { starting.run(start).await }).await.is_err());
        assert_eq!(deferred.state(), DeferredState::Failed);
        assert_eq!(deferred.refusal().unwrap().headers()["retry-after"], "2");
    }
}
