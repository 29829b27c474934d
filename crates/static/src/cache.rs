//! [`FileCache`]: what was found under names, small files with their bytes, for as long as it is so.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use moka::sync::Cache;

use crate::lookup::{Found, Seen};

/// For how long nobody looks again, in milliseconds.
const FRESH: u64 = 1000;

/// What one name comes to.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) found: Found,
    pub(crate) seen: Seen,
    /// When it was so for the last time, or is being looked at: milliseconds of the cache's clock.
    checked: AtomicU64,
}

impl Slot {
    fn weight(&self) -> usize {
        const ITSELF: usize = 256;
        let names: usize = self.seen.iter().map(|(name, _)| name.len() + 96).sum();
        let bytes = match &self.found {
            Found::File(resource) => resource.weight(),
            Found::Redirect | Found::Directory | Found::Nothing => 0,
        };
        ITSELF + names + bytes
    }

    /// Whether it is worth keeping: a file in memory, or that there is none.
    const fn is_lasting(found: &Found) -> bool {
        matches!(found, Found::File(_) | Found::Nothing)
    }
}

/// What a look into the cache tells.
#[derive(Debug)]
pub(crate) enum Looked {
    Fresh(Arc<Slot>),
    /// Whoever is told so looks whether it still is; everybody else is told that it is fresh meanwhile.
    Stale(Arc<Slot>),
    Unknown,
}

/// How a cache does. Each figure is since the start, apart from `entries` and `bytes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Requests that were answered from memory.
    pub hits: u64,
    /// Requests for which the file system was asked.
    pub misses: u64,
    /// Names that are kept, those of nothing among them.
    pub entries: u64,
    /// What they take of the cache's size.
    pub bytes: u64,
}

/// Bounded by bytes; what is asked for often stays (W-TinyLFU).
pub(crate) struct FileCache {
    slots: Option<Cache<Arc<str>, Arc<Slot>>>,
    started: Instant,
    hits: Counter,
    misses: Counter,
}

impl FileCache {
    pub(crate) fn new(size: u64) -> Self {
        let weigh =
            |name: &Arc<str>, slot: &Arc<Slot>| u32::try_from(name.len() + slot.weight()).unwrap_or(u32::MAX);
        let slots = (size > 0).then(|| Cache::builder().max_capacity(size).weigher(weigh).build());
        Self { slots, started: Instant::now(), hits: Counter::new(), misses: Counter::new() }
    }

    pub(crate) fn look(&self, name: &str) -> Looked {
        let Some(slot) = self.slots.as_ref().and_then(|slots| slots.get(name)) else {
            self.misses.add();
            return Looked::Unknown;
        };
        let (now, checked) = (self.now(), slot.checked.load(Ordering::Relaxed));
        let is_stale = now.saturating_sub(checked) >= FRESH;
        if is_stale
            && slot.checked.compare_exchange(checked, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            self.misses.add();
            return Looked::Stale(slot);
        }
        self.hits.add();
        Looked::Fresh(slot)
    }

    pub(crate) fn keep(&self, name: &str, found: Found, seen: Seen) -> Arc<Slot> {
        let is_lasting = Slot::is_lasting(&found) && is_in_memory(&found);
        let slot = Arc::new(Slot { found, seen, checked: AtomicU64::new(self.now()) });
        if let Some(slots) = &self.slots {
            if is_lasting {
                slots.insert(name.into(), Arc::clone(&slot));
            } else {
                slots.invalidate(name);
            }
        }
        slot
    }

    /// Forgets everything: the directory is another one.
    pub(crate) fn clear(&self) {
        if let Some(slots) = &self.slots {
            slots.invalidate_all();
        }
    }

    pub(crate) fn stats(&self) -> CacheStats {
        if let Some(slots) = &self.slots {
            slots.run_pending_tasks();
        }
        let of = |figure: fn(&Cache<Arc<str>, Arc<Slot>>) -> u64| self.slots.as_ref().map_or(0, figure);
        CacheStats {
            hits: self.hits.total(),
            misses: self.misses.total(),
            entries: of(Cache::entry_count),
            bytes: of(Cache::weighted_size),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn is_in_memory(found: &Found) -> bool {
    match found {
        Found::File(resource) => resource.is_in_memory(),
        Found::Redirect | Found::Directory | Found::Nothing => true,
    }
}

impl fmt::Debug for FileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCache").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// Counts on as many lines of memory as there are places, so that workers do not wait for each other.
struct Counter {
    places: [Place; 8],
    hasher: RandomState,
}

#[repr(align(64))]
#[derive(Default)]
struct Place(AtomicU64);

impl Counter {
    fn new() -> Self {
        Self { places: Default::default(), hasher: RandomState::new() }
    }

    fn add(&self) {
        thread_local! {
            static PLACE: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
        }
        let place = PLACE.get().unwrap_or_else(|| {
            let place = self.hasher.hash_one(std::thread::current().id()) as usize % 8;
            PLACE.set(Some(place));
            place
        });
        self.places[place].0.fetch_add(1, Ordering::Relaxed);
    }

    fn total(&self) -> u64 {
        self.places.iter().map(|place| place.0.load(Ordering::Relaxed)).sum()
    }
}
