//! [`Table`]: keys and their states, as many as there is room for.

use hashbrown::HashTable;

/// How many entries a new key looks at, to take away those that are full again. More than one, so that the table shrinks
/// as fast as keys come, without a timer or a task.
const SWEPT: usize = 4;

/// How many it looks at when there is no room.
const SOUGHT: usize = 64;

/// A key as the table has it: an address in full, or a hash of a text that nobody outside can foresee.
pub(super) type Id = u128;

/// Keys with the states of `stride` limits each, kept in two rows so that an entry costs 16 bytes, 8 for each limit, and
/// about 8 for the index.
///
/// An entry whose buckets are all full says nothing that no entry would not say: it is *idle*, and taken away when seen.
#[derive(Debug)]
pub(super) struct Table {
    index: HashTable<u32>,
    ids: Vec<Id>,
    fulls: Vec<u64>,
    stride: usize,
    room: usize,
    /// The entry that the next sweep begins with.
    hand: usize,
}

impl Table {
    /// An empty one, for at most `room` keys.
    pub(super) const fn new(stride: usize, room: usize) -> Self {
        Self { index: HashTable::new(), ids: Vec::new(), fulls: Vec::new(), stride, room, hand: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }

    /// The states of a key, which may be new; `None` if it is new and there is no room. The hasher is that of the `hash`.
    pub(super) fn fulls(
        &mut self,
        id: Id,
        hash: u64,
        now: u64,
        hasher: impl Fn(Id) -> u64,
    ) -> Option<&mut [u64]> {
        let ids = &self.ids;
        let found = self.index.find(hash, |&at| ids[at as usize] == id).map(|at| *at as usize);
        let at = match found {
            Some(at) => at,
            None => self.add(id, hash, now, hasher)?,
        };
        self.fulls.get_mut(at * self.stride..(at + 1) * self.stride)
    }

    fn add(&mut self, id: Id, hash: u64, now: u64, hasher: impl Fn(Id) -> u64) -> Option<usize> {
        self.sweep(now, SWEPT, &hasher);
        if self.ids.len() >= self.room {
            self.sweep(now, SOUGHT, &hasher);
        }
        if self.ids.len() >= self.room {
            return None;
        }
        let at = self.ids.len();
        let ids = &self.ids;
        self.index.insert_unique(hash, u32::try_from(at).ok()?, |&at| hasher(ids[at as usize]));
        self.ids.push(id);
        self.fulls.resize((at + 1) * self.stride, 0);
        Some(at)
    }

    /// Takes away the idle ones among the next entries.
    fn sweep(&mut self, now: u64, most: usize, hasher: impl Fn(Id) -> u64) {
        for _ in 0..most.min(self.ids.len()) {
            if self.hand >= self.ids.len() {
                self.hand = 0;
            }
            if self.is_idle(self.hand, now) {
                self.remove(self.hand, &hasher);
            } else {
                self.hand += 1;
            }
        }
    }

    fn is_idle(&self, at: usize, now: u64) -> bool {
        self.fulls[at * self.stride..(at + 1) * self.stride].iter().all(|full| *full <= now)
    }

    /// Takes an entry away; the last one moves into its place.
    fn remove(&mut self, at: usize, hasher: impl Fn(Id) -> u64) {
        let last = self.ids.len() - 1;
        if let Ok(entry) = self.index.find_entry(hasher(self.ids[at]), |&other| other as usize == at) {
            entry.remove();
        }
        if at != last {
            if let Some(moved) = self.index.find_mut(hasher(self.ids[last]), |&other| other as usize == last)
            {
                *moved = at as u32;
            }
            self.fulls.copy_within(last * self.stride.., at * self.stride);
        }
        self.ids.swap_remove(at);
        self.fulls.truncate(last * self.stride);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few different hashes, so that entries share them.
    fn hasher(id: Id) -> u64 {
        (id as u64 % 7).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn get(table: &mut Table, id: Id, now: u64) -> Option<&mut [u64]> {
        table.fulls(id, hasher(id), now, hasher)
    }

    #[test]
    fn a_key_keeps_its_states() {
        let mut table = Table::new(2, 100);
        for id in 0..100 {
            get(&mut table, id, 0).unwrap().copy_from_slice(&[id as u64 + 1, id as u64 + 1000]);
        }
        for id in (0..100).rev() {
            assert_eq!(get(&mut table, id, 0).unwrap(), [id as u64 + 1, id as u64 + 1000]);
        }
        assert_eq!(table.len(), 100);
    }

    #[test]
    fn without_room_a_new_key_gets_none_and_the_old_ones_stay() {
        let mut table = Table::new(1, 10);
        for id in 0..10 {
            get(&mut table, id, 0).unwrap()[0] = 50;
        }
        assert!(get(&mut table, 10, 49).is_none());
        assert_eq!(get(&mut table, 9, 49).unwrap(), [50]);
        assert_eq!(get(&mut table, 10, 50).unwrap(), [0], "idle ones make room");
    }

    #[test]
    fn an_idle_entry_is_taken_away_and_a_busy_one_is_not() {
        let mut table = Table::new(1, 1000);
        for id in 0..500 {
            get(&mut table, id, 0).unwrap()[0] = if id % 2 == 0 { 10 } else { 1_000_000 };
        }
        for id in 1000..1500 {
            get(&mut table, id, 10).unwrap()[0] = 1_000_000;
        }
        assert_eq!(table.len(), 750);
        for id in (1..500).step_by(2) {
            assert_eq!(get(&mut table, id, 10).unwrap(), [1_000_000], "{id}");
        }
        assert_eq!(table.len(), 750);
    }

    #[test]
    fn keys_that_come_once_do_not_pile_up() {
        let mut table = Table::new(1, 100_000);
        for id in 0..50_000 {
            // Full again after a thousand others.
            get(&mut table, id, id as u64).unwrap()[0] = id as u64 + 1000;
        }
        assert!(table.len() < 2000, "{}", table.len());
    }

    /// Against a map that keeps everything.
    #[test]
    fn nothing_is_lost_that_matters() {
        let (mut table, mut all) = (Table::new(1, 400), std::collections::HashMap::new());
        let mut random = 1_u64;
        for now in 0..100_000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let id = Id::from((random >> 33) % 1000);
            let expected = all.get(&id).copied().filter(|full| *full > now);
            if let Some(fulls) = get(&mut table, id, now) {
                assert_eq!(Some(fulls[0]).filter(|full| *full > now), expected);
                fulls[0] = now + 300;
                all.insert(id, now + 300);
            } else {
                assert_eq!(expected, None, "a key that is there is found");
            }
            assert!(table.len() <= 400);
        }
    }
}
