//! [`FileCache`]: what was found under names, small files with their bytes and larger ones open, for as long as it is so.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::lookup::{Found, Seen};
use crate::settings::Settings;

/// For how long nobody looks again, in milliseconds.
const FRESH: u64 = 1000;

/// For how long a file stays open that nobody asks for: what was deleted takes room on the disk until it is closed.
const IDLE: Duration = Duration::from_secs(60);

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

    /// Files that it holds open.
    fn open_files(&self) -> u32 {
        match &self.found {
            Found::File(resource) => u32::try_from(resource.open_files()).unwrap_or(u32::MAX),
            Found::Redirect | Found::Directory | Found::Nothing => 0,
        }
    }

    /// Whether the files that it holds open are as they were. They are looked at each time, which takes no look at names: one that
    /// is written to in place must not be sent in a state that it no longer has.
    fn is_as_it_was(&self) -> bool {
        match &self.found {
            Found::File(resource) => resource.is_as_it_was(),
            Found::Redirect | Found::Directory | Found::Nothing => true,
        }
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

/// How a cache does. Each figure is since the start, apart from `entries`, `bytes` and `open_files`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Requests that were answered with what is kept.
    pub hits: u64,
    /// Requests for which the file system was asked.
    pub misses: u64,
    /// Names that are kept, those of nothing among them.
    pub entries: u64,
    /// What they take of the cache's size.
    pub bytes: u64,
    /// Larger files that are kept open.
    pub open_files: u64,
}

type Slots = Cache<Arc<str>, Arc<Slot>>;

/// Bounded by bytes, and by files that are open; what is asked for often stays (W-TinyLFU).
pub(crate) struct FileCache {
    /// What is in memory.
    slots: Option<Slots>,
    /// What is read while it is sent.
    open: Option<Slots>,
    started: Instant,
    hits: Counter,
    misses: Counter,
}

impl FileCache {
    pub(crate) fn new(settings: &Settings) -> Self {
        let weigh =
            |name: &Arc<str>, slot: &Arc<Slot>| u32::try_from(name.len() + slot.weight()).unwrap_or(u32::MAX);
        let count = |_: &Arc<str>, slot: &Arc<Slot>| slot.open_files();
        let (size, most) = (settings.cache_size, settings.open_files);
        let slots = (size > 0).then(|| Cache::builder().max_capacity(size).weigher(weigh).build());
        let open =
            (most > 0).then(|| Cache::builder().max_capacity(most).weigher(count).time_to_idle(IDLE).build());
        Self { slots, open, started: Instant::now(), hits: Counter::new(), misses: Counter::new() }
    }

    pub(crate) fn look(&self, name: &str) -> Looked {
        let of = |slots: &Option<Slots>| slots.as_ref().and_then(|slots| slots.get(name));
        let known = of(&self.slots).or_else(|| of(&self.open).filter(|slot| slot.is_as_it_was()));
        let Some(slot) = known else {
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
        // A directory is not worth keeping.
        let is_lasting = matches!(found, Found::File(_) | Found::Nothing);
        let slot = Arc::new(Slot { found, seen, checked: AtomicU64::new(self.now()) });
        let is_open = slot.open_files() > 0;
        for (slots, is_place) in [(&self.slots, is_lasting && !is_open), (&self.open, is_open)] {
            match slots {
                Some(slots) if is_place => slots.insert(name.into(), Arc::clone(&slot)),
                Some(slots) => slots.invalidate(name),
                None => {}
            }
        }
        slot
    }

    /// Forgets everything: the directory is another one.
    pub(crate) fn clear(&self) {
        for slots in [&self.slots, &self.open].into_iter().flatten() {
            slots.invalidate_all();
        }
    }

    pub(crate) fn stats(&self) -> CacheStats {
        let both = [&self.slots, &self.open];
        for slots in both.into_iter().flatten() {
            slots.run_pending_tasks();
        }
        let weight = |slots: &Option<Slots>| slots.as_ref().map_or(0, Cache::weighted_size);
        CacheStats {
            hits: self.hits.total(),
            misses: self.misses.total(),
            entries: both.into_iter().flatten().map(Cache::entry_count).sum(),
            bytes: weight(&self.slots),
            open_files: weight(&self.open),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
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

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
