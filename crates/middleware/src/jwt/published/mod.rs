//! [`Published`]: a JWK Set that is looked at again and again.

mod address;
mod connect;
mod source;
#[cfg(feature = "jwt-https")]
mod tls;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::time::Instant;

use super::JwtError;
use super::key_set::KeySet;

pub(super) use self::source::Source;

/// How often a `kid` that is not known has a set looked at.
const UNKNOWN: Duration = Duration::from_secs(60);

/// How often a set is asked for while none is known.
const FIRST: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Policy {
    pub(super) refresh: Duration,
    pub(super) stale: Duration,
    pub(super) timeout: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(10 * 60),
            stale: Duration::from_secs(24 * 60 * 60),
            timeout: Duration::from_secs(10),
        }
    }
}

#[derive(Clone)]
pub(super) struct Published(Arc<Inner>);

struct Inner {
    source: Source,
    policy: Policy,
    current: ArcSwapOption<Fetched>,
    last_try: Mutex<Option<Instant>>,
    /// One at a time; the others wait for its outcome.
    fetching: tokio::sync::Mutex<()>,
}

struct Fetched {
    set: Arc<KeySet>,
    at: Instant,
}

pub(super) enum Known {
    Keys(Arc<KeySet>),
    Nothing,
}

impl Published {
    /// A file is read at once, so that its faults are known when the server starts.
    pub(super) fn open(source: Source, policy: Policy) -> Result<Self, JwtError> {
        let first = source.read_now()?;
        let inner = Inner {
            source,
            policy,
            current: ArcSwapOption::empty(),
            last_try: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        };
        if let Some(json) = first {
            inner.keep(KeySet::parse(&json)?);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// The keys to use. If it is time to look again, somebody does, and nobody waits.
    pub(super) fn known(&self) -> Known {
        let inner = &self.0;
        let Some(fetched) = inner.current.load_full() else { return Known::Nothing };
        if inner.source.is_fixed() {
            return Known::Keys(Arc::clone(&fetched.set));
        }
        let age = fetched.at.elapsed();
        if age >= inner.policy.refresh && inner.is_due(inner.policy.refresh.min(UNKNOWN)) {
            self.start();
        }
        if age < inner.policy.refresh.saturating_add(inner.policy.stale) {
            Known::Keys(Arc::clone(&fetched.set))
        } else {
            Known::Nothing
        }
    }

    /// Whether a token whose key is not known may wait for a look at the set.
    pub(super) fn may_wait_for_unknown(&self) -> bool {
        !self.0.source.is_fixed() && (self.0.is_due(UNKNOWN) || self.0.is_fetching())
    }

    /// Whether a token may wait for the first keys.
    pub(super) fn may_wait_for_first(&self) -> bool {
        self.0.is_due(FIRST) || self.0.is_fetching()
    }

    /// Looks at the set if it was not looked at in the meantime.
    pub(super) async fn fetch_if_due(&self) {
        let known = matches!(self.known(), Known::Keys(_));
        let every = if known { UNKNOWN } else { FIRST };
        // A task of its own: a client that leaves must not break off what others wait for.
        let inner = Arc::clone(&self.0);
        let task = tokio::spawn(async move {
            let _one = inner.fetching.lock().await;
            if inner.is_due(every) {
                let _logged = inner.fetch().await;
            }
        });
        let _ended = task.await;
    }

    pub(super) async fn refresh(&self) -> Result<(), JwtError> {
        let _one = self.0.fetching.lock().await;
        if self.0.source.is_fixed() { Ok(()) } else { self.0.fetch().await }
    }

    fn start(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let inner = Arc::clone(&self.0);
        runtime.spawn(async move {
            let Ok(_one) = inner.fetching.try_lock() else { return };
            if inner.is_due(inner.policy.refresh.min(UNKNOWN)) {
                let _logged = inner.fetch().await;
            }
        });
    }
}

impl Inner {
    fn is_due(&self, every: Duration) -> bool {
        let last = *self.last_try.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|last| last.elapsed() >= every)
    }

    fn is_fetching(&self) -> bool {
        self.fetching.try_lock().is_err()
    }

    fn keep(&self, set: KeySet) {
        let now = Instant::now();
        *self.last_try.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        self.current.store(Some(Arc::new(Fetched { set: Arc::new(set), at: now })));
    }

    async fn fetch(&self) -> Result<(), JwtError> {
        *self.last_try.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let read = tokio::time::timeout(self.policy.timeout, self.source.read()).await;
        let read = read.unwrap_or_else(|_| Err(JwtError::new("the JWK Set took too long")));
        match read.and_then(|json| KeySet::parse(&json)) {
            Ok(set) => {
                self.keep(set);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(source = %self.source, %error, "published keys could not be had");
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
