//! [`Pool`]: the counters of all threads, and what is needed to add them up.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::catalog::{Catalog, Series};
use super::cells::{Cells, Sum};
use super::local::Local;

/// One thread's counters. Aligned for the same reason as [`Cells`].
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Shard {
    pub(super) started: AtomicU64,
    pub(super) ended: AtomicU64,
    /// Locked when the thread meets a series for the first time, and when somebody looks.
    pub(super) cells: Mutex<Vec<(Series, Arc<Cells>)>>,
}

/// The number of a [`Pool`], by which services and requests name it: to copy a number touches no count of references, which
/// all workers would share, since a router clones its services for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PoolId(u64);

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// Looked at when a thread counts for the first time.
static POOLS: Mutex<Vec<(PoolId, Weak<Pool>)>> = Mutex::new(Vec::new());

impl PoolId {
    /// The pool, if anybody holds it still.
    pub(super) fn pool(self) -> Option<Arc<Pool>> {
        locked(&POOLS).iter().find(|(id, _)| *id == self)?.1.upgrade()
    }
}

#[derive(Debug)]
pub(super) struct Pool {
    id: PoolId,
    pub(super) bounds: Box<[u64]>,
    catalog: Mutex<Catalog>,
    shards: Mutex<Shards>,
    /// For threads on their way out, which have lost their counters already.
    strays: Mutex<Option<Local>>,
}

#[derive(Debug, Default)]
struct Shards {
    all: Vec<Arc<Shard>>,
    /// Those whose thread has ended.
    free: Vec<Arc<Shard>>,
}

/// Nothing is left half done by a panic under one of these locks.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(super) fn new(bounds: Box<[u64]>, most: usize) -> Arc<Self> {
        let id = PoolId(NEXT_ID.fetch_add(1, Relaxed));
        let pool = Arc::new(Self {
            id,
            bounds,
            catalog: Mutex::new(Catalog::new(most)),
            shards: Mutex::default(),
            strays: Mutex::new(None),
        });
        let mut pools = locked(&POOLS);
        pools.retain(|(_, pool)| pool.strong_count() > 0);
        pools.push((id, Arc::downgrade(&pool)));
        pool
    }

    pub(super) const fn id(&self) -> PoolId {
        self.id
    }

    pub(super) fn catalog(&self) -> MutexGuard<'_, Catalog> {
        locked(&self.catalog)
    }

    /// Counters for a thread: those of one that has ended, or new ones.
    pub(super) fn take(&self) -> Arc<Shard> {
        let mut shards = locked(&self.shards);
        if let Some(shard) = shards.free.pop() {
            return shard;
        }
        let shard = Arc::<Shard>::default();
        shards.all.push(Arc::clone(&shard));
        shard
    }

    pub(super) fn give_back(&self, shard: Arc<Shard>) {
        locked(&self.shards).free.push(shard);
    }

    pub(super) fn with_strays<T>(self: &Arc<Self>, mut run: impl FnMut(&mut Local) -> T) -> T {
        run(locked(&self.strays).get_or_insert_with(|| Local::join(self)))
    }

    /// What all threads counted, by the number of the series, and how many requests are under way.
    pub(super) fn sums(&self) -> (Vec<Sum>, u64) {
        let (mut sums, mut in_flight): (Vec<Sum>, u64) = (Vec::new(), 0);
        for shard in &locked(&self.shards).all {
            // A request may end on another thread than it began on: only the sum of all threads is a number of requests.
            let open = shard.started.load(Relaxed).wrapping_sub(shard.ended.load(Relaxed));
            in_flight = in_flight.wrapping_add(open);
            for (series, cells) in &*locked(&shard.cells) {
                let place = *series as usize;
                if sums.len() <= place {
                    sums.resize_with(place + 1, Sum::default);
                }
                cells.add_to(&mut sums[place]);
            }
        }
        // Two threads' counters are not read at one moment: an end may be seen whose beginning is not.
        (sums, if in_flight > u64::MAX / 2 { 0 } else { in_flight })
    }

    #[cfg(test)]
    pub(super) fn threads(&self) -> usize {
        locked(&self.shards).all.len()
    }
}
