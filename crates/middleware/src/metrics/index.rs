//! [`Index`]: the numbers of series that a thread has met, found without a lock and without an allocation.

use std::sync::Arc;

use super::catalog::{Name, Series};
use super::method::MethodLabel;

#[derive(Debug)]
struct Entry {
    hash: u64,
    series: Series,
    name: Arc<Name>,
}

/// A table with open addressing, at most half full.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// As many as a power of two, or none yet.
    slots: Vec<Option<Entry>>,
    used: usize,
}

impl Index {
    pub(super) fn find(&self, method: MethodLabel, route: &str) -> Option<Series> {
        let hash = hash(method, route);
        let is = |entry: &Entry| entry.hash == hash && entry.name.is(method, route);
        self.probe(hash)
            .map_while(|place| self.slots[place].as_ref())
            .find(|entry| is(entry))
            .map(|entry| entry.series)
    }

    /// Adds a name that is not there.
    pub(super) fn add(&mut self, name: Arc<Name>, series: Series) {
        if self.slots.len() <= 2 * self.used {
            self.grow();
        }
        let hash = hash(name.method, &name.route);
        self.place(Entry { hash, series, name });
        self.used += 1;
    }

    fn grow(&mut self) {
        let more = (2 * self.slots.len()).max(16);
        let old = std::mem::replace(&mut self.slots, (0..more).map(|_| None).collect());
        old.into_iter().flatten().for_each(|entry| self.place(entry));
    }

    fn place(&mut self, entry: Entry) {
        let free = self.probe(entry.hash).find(|&place| self.slots[place].is_none());
        if let Some(place) = free {
            self.slots[place] = Some(entry);
        }
    }

    /// Every slot, from the one that the hash names.
    fn probe(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let (count, first) = (self.slots.len(), hash as usize);
        (0..count).map(move |step| first.wrapping_add(step) & (count - 1))
    }
}

/// From the golden ratio, as in Fibonacci hashing (Knuth, TAOCP vol. 3, §6.4). Routes are the program's own: nobody can
/// choose them so that they collide.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

fn hash(method: MethodLabel, route: &str) -> u64 {
    let mut hash = (method as u64 + 1).wrapping_mul(FACTOR) ^ route.len() as u64;
    for chunk in route.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    }
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_found_and_nothing_else() {
        let mut index = Index::default();
        assert_eq!(index.find(MethodLabel::Get, "/"), None);
        for number in 0..1000 {
            let name = Name { method: MethodLabel::Get, route: format!("/items/{number}/part").into() };
            index.add(Arc::new(name), number);
        }
        for number in 0..1000 {
            assert_eq!(index.find(MethodLabel::Get, &format!("/items/{number}/part")), Some(number));
            assert_eq!(index.find(MethodLabel::Put, &format!("/items/{number}/part")), None);
            assert_eq!(index.find(MethodLabel::Get, &format!("/items/{number}/pars")), None);
        }
    }
}
