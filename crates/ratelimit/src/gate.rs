//! [`Gate`]: quotas, and the state of all keys under them.

use std::fmt;
use std::sync::Arc;

use governor::clock::Clock;
use http::HeaderValue;

use crate::limit::Limit;
use crate::memory::MemoryStore;
#[cfg(feature = "redis")]
use crate::redis::{RedisOptions, RedisStore};
use crate::ticks::Ticks;
use crate::{Charge, Check, GateStats, Key, Quota, RateLimitError, Store};

/// How many keys a gate keeps in memory unless told otherwise. With one quota they take about 3 MB, 6 MB at most.
pub const DEFAULT_MAX_KEYS: usize = 100_000;

/// Quotas, and the state of all keys under them.
///
/// A gate is one shared quota: its clones are the same gate, and so are the layers and services that are made with it, on
/// however many workers. Two gates know nothing of each other.
///
/// ```
/// use hyperserve_ratelimit::{Charge, Check, Gate, Key, Quota};
///
/// let gate = Gate::try_new([Quota::per_minute(2)])?;
/// let key = Key::text("somebody");
/// let passes = || matches!(gate.charge(&key, Charge::Take(1)), Check::Now(verdict) if verdict.is_allowed());
/// assert_eq!([passes(), passes(), passes()], [true, true, false]);
/// assert_eq!(gate.stats().refused, 1);
/// # Ok::<(), hyperserve_ratelimit::RateLimitError>(())
/// ```
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    quotas: Box<[Quota]>,
    limits: Box<[Limit]>,
    policy: HeaderValue,
    keeper: Keeper,
}

enum Keeper {
    Memory(MemoryStore),
    #[cfg(feature = "redis")]
    Redis(RedisStore),
    Other(Box<dyn Store>),
}

impl Gate {
    /// A gate with these quotas, at most four; all of them hold for every key. Without any it has [`Quota::default`].
    ///
    /// # Errors
    ///
    /// A quota that cannot be, or two of one name.
    pub fn try_new(quotas: impl IntoIterator<Item = Quota>) -> Result<Self, RateLimitError> {
        quotas.into_iter().fold(Self::builder(), GateBuilder::with_quota).build()
    }

    /// A gate with more to say about it.
    pub fn builder() -> GateBuilder {
        GateBuilder {
            quotas: Vec::new(),
            max_keys: DEFAULT_MAX_KEYS,
            ticks: None,
            elsewhere: Elsewhere::Nowhere,
        }
    }

    /// The quotas, in the order in which they were given.
    pub fn quotas(&self) -> &[Quota] {
        &self.inner.quotas
    }

    /// Charges a key. The layer does this for every request; what is not a request, a message or a login, can be charged
    /// too.
    pub fn charge(&self, key: &Key<'_>, charge: Charge) -> Check {
        match &self.inner.keeper {
            Keeper::Memory(store) => Check::Now(store.charge(key, charge)),
            #[cfg(feature = "redis")]
            Keeper::Redis(store) => store.charge(key, charge),
            Keeper::Other(store) => store.charge(&self.inner.quotas, key, charge),
        }
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> GateStats {
        match &self.inner.keeper {
            Keeper::Memory(store) => store.stats(),
            #[cfg(feature = "redis")]
            Keeper::Redis(store) => store.stats(),
            Keeper::Other(store) => store.stats(),
        }
    }

    pub(crate) fn policy(&self) -> &HeaderValue {
        &self.inner.policy
    }

    pub(crate) fn limits(&self) -> &[Limit] {
        &self.inner.limits
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("quotas", &self.inner.quotas)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// Builds a [`Gate`].
#[must_use]
pub struct GateBuilder {
    quotas: Vec<Quota>,
    max_keys: usize,
    ticks: Option<Ticks>,
    elsewhere: Elsewhere,
}

enum Elsewhere {
    Nowhere,
    #[cfg(feature = "redis")]
    Redis(Box<RedisOptions>),
    Other(Box<dyn Store>),
}

impl GateBuilder {
    /// Adds a quota. A request must be within all of them, and one that is not takes from none.
    pub fn with_quota(mut self, quota: Quota) -> Self {
        self.quotas.push(quota);
        self
    }

    /// Sets how many keys are kept in memory. [`DEFAULT_MAX_KEYS`] by default; each takes about 24 to 48 bytes, and 8 to 16
    /// more with each further quota.
    ///
    /// A key is forgotten once all of its buckets are full again: there is nothing left to know about it. When there is no
    /// room, new keys share one bucket until there is: a flood of made-up addresses then gets what one client gets, and who
    /// is known already is not touched.
    pub const fn with_max_keys(mut self, keys: usize) -> Self {
        self.max_keys = keys;
        self
    }

    /// Sets the clock that this process's memory goes by: governor's `FakeRelativeClock` in tests. The system's monotonic
    /// clock by default. Redis has its own.
    pub fn with_clock<C: Clock + Send + Sync + 'static>(mut self, clock: C) -> Self {
        self.ticks = Some(Ticks::new(clock));
        self
    }

    /// Keeps the keys in Redis, version 5 or later, where gates in other processes share them.
    ///
    /// [`build`](Self::build) waits until the first try to connect has ended, a second at most; when it fails the gate works
    /// as [`WhenAway`](crate::WhenAway) says until Redis is there.
    #[cfg(feature = "redis")]
    pub fn with_redis(mut self, options: RedisOptions) -> Self {
        self.elsewhere = Elsewhere::Redis(Box::new(options));
        self
    }

    /// Keeps the keys in a store of your own.
    pub fn with_store(mut self, store: impl Store) -> Self {
        self.elsewhere = Elsewhere::Other(Box::new(store));
        self
    }

    /// Makes the gate.
    ///
    /// # Errors
    ///
    /// A quota that cannot be, two of one name, more than four, no room for keys, or an address of Redis that is none.
    pub fn build(self) -> Result<Gate, RateLimitError> {
        let Self { mut quotas, max_keys, ticks, elsewhere } = self;
        if quotas.is_empty() {
            quotas.push(Quota::default());
        }
        let limits = Limit::all(&quotas)?;
        let policy = policy(&limits)?;
        let memory = || MemoryStore::try_new(&limits, max_keys, ticks.unwrap_or_default());
        let keeper = elsewhere.keeper(&limits, memory)?;
        Ok(Gate { inner: Arc::new(Inner { quotas: quotas.into(), limits, policy, keeper }) })
    }
}

impl Elsewhere {
    fn keeper(
        self,
        #[cfg_attr(not(feature = "redis"), expect(unused_variables))] limits: &[Limit],
        memory: impl FnOnce() -> Result<MemoryStore, RateLimitError>,
    ) -> Result<Keeper, RateLimitError> {
        Ok(match self {
            Self::Nowhere => Keeper::Memory(memory()?),
            #[cfg(feature = "redis")]
            Self::Redis(options) => Keeper::Redis(RedisStore::try_new(limits, memory()?, &options)?),
            Self::Other(store) => Keeper::Other(store),
        })
    }
}

/// The value of `RateLimit-Policy`, the same in every response.
fn policy(limits: &[Limit]) -> Result<HeaderValue, RateLimitError> {
    let policies: Vec<_> = limits.iter().map(Limit::policy).collect();
    HeaderValue::try_from(policies.join(", "))
        .map_err(|_| RateLimitError::new("the names of the quotas do not fit into a header field"))
}

impl fmt::Debug for GateBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateBuilder")
            .field("quotas", &self.quotas)
            .field("max_keys", &self.max_keys)
            .finish_non_exhaustive()
    }
}
