//! [`MemoryStore`]: the states of keys in this process.

mod meter;
mod table;

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::meter::{Fulls, Meters, settle};
use self::table::{Id, Table};
use crate::key::{Key, Repr};
use crate::limit::{Limit, MAX_QUOTAS};
use crate::ticks::Ticks;
use crate::{Charge, GateStats, RateLimitError, Verdict};

/// Fewer keys than this are kept in one part, so that a small bound is exact.
const LEAST_ROOM: usize = 1024;

const MOST_PARTS: usize = 64;

/// Keys in several parts, each behind a lock of its own that is held for about a tenth of a microsecond.
#[derive(Debug)]
pub(crate) struct MemoryStore {
    limits: Box<[Limit]>,
    parts: Box<[Mutex<Part>]>,
    hashers: [RandomState; 2],
    ticks: Ticks,
    /// The bucket that new keys share while there is no room for them.
    overflow: Mutex<Fulls>,
}

/// Apart from its neighbours in the processor's caches: other cores write to those.
#[derive(Debug)]
#[repr(align(128))]
struct Part {
    table: Table,
    meters: Meters,
    stats: GateStats,
}

/// A key as it is looked up.
#[derive(Clone, Copy)]
struct Slot {
    id: Id,
    hash: u64,
}

impl MemoryStore {
    pub(crate) fn try_new(limits: &[Limit], max_keys: usize, ticks: Ticks) -> Result<Self, RateLimitError> {
        if max_keys == 0 || u32::try_from(max_keys).is_err() {
            return Err(RateLimitError::new(
                "a gate keeps from 1 to 4294967295 keys: set another `max_keys`",
            ));
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let wanted = (4 * cores).next_power_of_two().min(MOST_PARTS);
        let parts = wanted.min((max_keys / LEAST_ROOM).next_power_of_two().max(1));
        let part = |_| {
            let table = Table::new(limits.len(), max_keys / parts);
            Mutex::new(Part { table, meters: Meters::new(limits), stats: GateStats::default() })
        };
        Ok(Self {
            limits: limits.into(),
            parts: (0..parts).map(part).collect(),
            hashers: [RandomState::new(), RandomState::new()],
            ticks,
            overflow: Mutex::new([0; MAX_QUOTAS]),
        })
    }

    pub(crate) fn charge(&self, key: &Key<'_>, charge: Charge) -> Verdict {
        let slot = self.slot(key);
        let part = self.part(slot.hash);
        // Read under no lock: whoever waits for one has an older moment, which is as good.
        let now = self.ticks.now();
        let mut part = lock(part);
        let Part { table, meters, stats } = &mut *part;
        let verdict = match table.fulls(slot.id, slot.hash, now, |id| self.hash(id)) {
            Some(fulls) => self.apply(meters, fulls, now, charge),
            None => {
                stats.overflowed += 1;
                let mut shared = lock(&self.overflow);
                self.apply(meters, &mut shared[..self.limits.len()], now, charge)
            }
        };
        if matches!(charge, Charge::Take(_)) {
            stats.allowed += u64::from(verdict.is_allowed());
            stats.refused += u64::from(verdict.is_refused());
        }
        verdict
    }

    fn apply(&self, meters: &Meters, fulls: &mut [u64], now: u64, charge: Charge) -> Verdict {
        match charge {
            Charge::Take(cost) => meters.take(&self.limits, fulls, now, cost),
            Charge::Settle(delta) => settle(&self.limits, fulls, now, delta),
        }
    }

    pub(crate) fn stats(&self) -> GateStats {
        let of = |part: &Mutex<Part>| {
            let part = lock(part);
            GateStats { keys: part.table.len() as u64, ..part.stats }
        };
        self.parts.iter().map(of).fold(GateStats::default(), GateStats::plus)
    }

    fn part(&self, hash: u64) -> &Mutex<Part> {
        // The table uses the lowest bits and the highest.
        &self.parts[(hash >> 32) as usize & (self.parts.len() - 1)]
    }

    fn slot(&self, key: &Key<'_>) -> Slot {
        let id = match &key.0 {
            Repr::Ip(IpAddr::V4(v4)) => v4.to_ipv6_mapped().to_bits(),
            Repr::Ip(IpAddr::V6(v6)) => v6.to_bits(),
            // Two hashes with secrets make 128 bits: nobody finds another text that meets them.
            Repr::Text(text) => {
                let [high, low] = self.hashers.each_ref().map(|hasher| hasher.hash_one(text));
                Id::from(high) << 64 | Id::from(low)
            }
        };
        Slot { id, hash: self.hash(id) }
    }

    fn hash(&self, id: Id) -> u64 {
        self.hashers[0].hash_one(id)
    }
}

/// A panic while the lock was held is a fault of ours; states are numbers, and any are sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::Quota;

    fn store(quota: Quota, max_keys: usize) -> (MemoryStore, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let limits = Limit::all(&[quota]).unwrap();
        (MemoryStore::try_new(&limits, max_keys, Ticks::new(clock.clone())).unwrap(), clock)
    }

    fn take(store: &MemoryStore, key: impl Into<Key<'static>>) -> bool {
        store.charge(&key.into(), Charge::Take(1)).is_allowed()
    }

    fn ip(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(number))
    }

    #[test]
    fn each_key_has_its_own_quota() {
        let (store, clock) = store(Quota::per_second(2), 1000);
        for key in ["a", "b"] {
            assert_eq!([key; 3].map(|key| take(&store, key)), [true, true, false]);
        }
        clock.advance(Duration::from_millis(500));
        assert_eq!([take(&store, "a"), take(&store, "a"), take(&store, "b")], [true, false, true]);
        let stats = store.stats();
        assert_eq!((stats.allowed, stats.refused, stats.keys), (6, 3, 2));
    }

    #[test]
    fn when_there_is_no_room_new_keys_share_one_bucket_and_known_ones_keep_theirs() {
        let (store, clock) = store(Quota::per_second(2), 10);
        for number in 0..10 {
            assert!(take(&store, ip(number)));
        }
        // A thousand strangers get together what one client gets.
        let passed = (100..1100).filter(|number| take(&store, ip(*number))).count();
        assert_eq!(passed, 2);
        assert!(take(&store, ip(3)) && !take(&store, ip(3)), "a known key is not touched");
        let stats = store.stats();
        assert_eq!((stats.keys, stats.overflowed, stats.refused), (10, 1000, 999));
        // As soon as known ones are idle there is room.
        clock.advance(Duration::from_secs(1));
        assert_eq!([ip(200); 3].map(|ip| take(&store, ip)), [true, true, false]);
    }

    #[test]
    fn a_million_keys_are_not_kept() {
        let (store, _) = store(Quota::per_second(1), 100_000);
        for number in 0..1_000_000 {
            take(&store, ip(number));
        }
        let stats = store.stats();
        assert!(stats.keys <= 100_000 && stats.keys > 99_000, "{stats:?}");
        assert_eq!(stats.overflowed, 1_000_000 - stats.keys);
    }

    #[test]
    fn the_bound_holds_exactly_when_it_is_small() {
        for max_keys in [1, 2, 1000, 1025, 5000] {
            let (store, _) = store(Quota::per_second(1), max_keys);
            for number in 0..20_000 {
                take(&store, ip(number));
            }
            let keys = store.stats().keys as usize;
            assert!(keys <= max_keys && keys * 10 >= max_keys * 9, "{keys} of {max_keys}");
        }
        let limits = Limit::all(&[Quota::default()]).unwrap();
        assert!(MemoryStore::try_new(&limits, 0, Ticks::default()).is_err());
    }

    #[test]
    fn threads_share_a_quota_exactly() {
        let (store, _) = store(Quota::per_second(500), 1000);
        let passed: usize = std::thread::scope(|scope| {
            let count = || (0..1000).filter(|_| take(&store, "a")).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 500);
    }

    /// The system's clock gives one moment to one thread and a later one to the next; they may come in another order.
    #[test]
    fn a_moment_of_before_takes_no_more_than_there_is() {
        let limits = Limit::all(&[Quota::per_second(1).with_burst(3)]).unwrap();
        let (meters, mut fulls) = (Meters::new(&limits), [0]);
        let second = 1_000_000_000;
        assert!(meters.take(&limits, &mut fulls, 10 * second, 3).is_allowed());
        assert!(!meters.take(&limits, &mut fulls, 9 * second, 1).is_allowed());
    }
}
