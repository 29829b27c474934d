//! [`ResponseCache`]: what is stored, shared by all services, and the owner's hand on it.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, Uri};
use moka::ops::compute::Op;
use moka::sync::Cache;
use tokio::time::Instant;

use super::config::{CacheConfig, CacheConfigError};
use super::flight::{Flight, Flights};
use super::key::{CacheKey, Lookup};
use super::label::Labels;
use super::stored::Stored;

/// What is known of one URI.
#[derive(Debug)]
pub(super) enum Resource {
    /// Its answers may not be stored, so nobody waits for anybody.
    Passed(Instant),
    /// Its stored responses, the newest first (RFC 9111 §4.1).
    Stored(Box<[Arc<Stored>]>),
}

impl Resource {
    fn stored(&self) -> &[Arc<Stored>] {
        match self {
            Self::Passed(_) => &[],
            Self::Stored(stored) => stored,
        }
    }

    pub(super) fn select(&self, request: &HeaderMap) -> Option<&Arc<Stored>> {
        self.stored().iter().find(|stored| stored.nominated().matches(request))
    }

    fn weight(&self) -> usize {
        self.stored().iter().map(|stored| stored.weight()).sum()
    }
}

/// A store of responses. Cheap to clone: clones are the same store.
///
/// One store may serve many services, and services of several runtimes.
///
/// ```
/// use hyperserve_middleware::cache::{CacheConfig, ResponseCache};
///
/// let cache = ResponseCache::try_new(CacheConfig::new())?;
/// cache.purge(&"https://example.com/news?page=1".parse()?);
/// cache.purge_where(|key| key.path().starts_with("/news/"));
/// cache.clear();
/// assert_eq!(cache.bytes(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ResponseCache {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) config: CacheConfig,
    pub(super) labels: Labels,
    pub(super) flights: Arc<Flights>,
    entries: Cache<Arc<CacheKey>, Arc<Resource>>,
    /// How often something of a slot was invalidated: what was asked for before is not stored after.
    epochs: [AtomicU64; 256],
    hasher: RandomState,
}

impl ResponseCache {
    /// An empty store.
    ///
    /// # Errors
    ///
    /// [`CacheConfigError`] when the configuration cannot be: its text says what to change.
    pub fn try_new(config: CacheConfig) -> Result<Self, CacheConfigError> {
        config.check()?;
        let weight = |key: &Arc<CacheKey>, resource: &Arc<Resource>| {
            u32::try_from(key.weight() + resource.weight()).unwrap_or(u32::MAX)
        };
        let shared = Shared {
            labels: Labels::new(config.name.as_deref()),
            flights: Arc::new(Flights::new(config.waiters)),
            entries: Cache::builder().max_capacity(config.capacity).weigher(weight).build(),
            epochs: [const { AtomicU64::new(0) }; 256],
            hasher: RandomState::new(),
            config,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Forgets all responses of one absolute URI, `https://example.com/news?page=1`; says of how many keys.
    ///
    /// It looks at every key: what happens all the time is better left to `max-age`.
    pub fn purge(&self, uri: &Uri) -> usize {
        self.purge_where(|key| key.is_for(uri))
    }

    /// Forgets all responses of the keys that `matches` says yes to; says of how many.
    pub fn purge_where(&self, matches: impl Fn(&CacheKey) -> bool) -> usize {
        // What is under way has no key here, and may be for one of them.
        self.shared.outdate_all();
        let keys = self.shared.entries.iter().map(|(key, _)| Arc::clone(&key));
        let keys: Vec<_> = keys.filter(|key| matches(key)).collect();
        keys.iter().for_each(|key| self.shared.entries.invalidate(&**key));
        keys.len()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.shared.outdate_all();
        self.shared.entries.invalidate_all();
    }

    /// Bytes of all that is stored.
    ///
    /// It does what the store has put off, so that the number is right; do not ask it for every request.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.entries.run_pending_tasks();
        self.shared.entries.weighted_size()
    }
}

impl Shared {
    pub(super) fn find(&self, lookup: &Lookup<'_>) -> Option<Arc<Resource>> {
        self.entries.get(lookup)
    }

    /// What is fetched when a request finds no answer: its key, and what its fields are in the `Vary` of what is known.
    pub(super) fn flight(
        &self,
        key: &Arc<CacheKey>,
        known: Option<&Resource>,
        request: &HeaderMap,
    ) -> Flight {
        let newest = known.and_then(|known| known.stored().first());
        let fields =
            |newest: &Arc<Stored>| newest.nominated().fingerprint(request, self.hasher.build_hasher());
        (Arc::clone(key), newest.map_or(0, fields))
    }

    fn slot(&self, key: &CacheKey) -> &AtomicU64 {
        &self.epochs[self.hasher.hash_one(key) as usize % self.epochs.len()]
    }

    /// To be asked before the service is, and given to [`insert`](Self::insert).
    pub(super) fn epoch(&self, key: &CacheKey) -> u64 {
        self.slot(key).load(Ordering::SeqCst)
    }

    fn outdate_all(&self) {
        for slot in &self.epochs {
            slot.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Forgets what is stored for a key, and what is being fetched for it (RFC 9111 §4.4).
    pub(super) fn invalidate(&self, key: &CacheKey) {
        self.slot(key).fetch_add(1, Ordering::SeqCst);
        self.entries.invalidate(key);
    }

    /// Stores a response in the place of one for the same requests, unless its key was invalidated since `epoch`.
    pub(super) fn insert(&self, key: &Arc<CacheKey>, epoch: u64, stored: &Arc<Stored>) {
        if self.epoch(key) != epoch {
            return;
        }
        let others = |old: &Arc<Resource>| -> Vec<_> {
            let others = old.stored().iter().filter(|old| !old.nominated().is_same(stored.nominated()));
            others.take(self.config.variants - 1).cloned().collect()
        };
        self.entries.entry(Arc::clone(key)).and_upsert_with(|old| {
            let others = old.map(|old| others(old.value())).unwrap_or_default();
            Arc::new(Resource::Stored([Arc::clone(stored)].into_iter().chain(others).collect()))
        });
        if self.epoch(key) != epoch {
            self.entries.invalidate(&**key);
        }
    }

    /// Forgets one response that a later one has overtaken.
    pub(super) fn remove(&self, key: &Arc<CacheKey>, stored: &Arc<Stored>) {
        let epoch = self.epoch(key);
        self.entries.entry(Arc::clone(key)).and_compute_with(|known| {
            let Some(known) = known else { return Op::Nop };
            let others = known.value().stored().iter().filter(|other| !Arc::ptr_eq(other, stored));
            let left: Box<[_]> = others.cloned().collect();
            if left.is_empty() { Op::Remove } else { Op::Put(Arc::new(Resource::Stored(left))) }
        });
        if self.epoch(key) != epoch {
            self.entries.invalidate(&**key);
        }
    }

    /// Remembers that the answers of a key may not be stored, if none is.
    pub(super) fn remember_pass(&self, key: &Arc<CacheKey>) {
        if let Some(until) = Instant::now().checked_add(self.config.pass) {
            let known = self.entries.get(&**key).is_some_and(|known| !known.stored().is_empty());
            if !known {
                self.entries.insert(Arc::clone(key), Arc::new(Resource::Passed(until)));
            }
        }
    }
}

impl fmt::Debug for ResponseCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseCache")
            .field("config", &self.shared.config)
            .field("keys", &self.shared.entries.entry_count())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
