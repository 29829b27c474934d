//! Many shapes at the price of a few: trees by fixed prefix, found by hash.
//!
//! A walk down one tree of ten thousand patterns touches memory that no cache holds. Here the fixed segments at the beginning of
//! a path are looked up at once, the longest first, and only what follows them is walked. The order is that of one tree, in
//! which a fixed segment is always tried before a capture.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use matchit::{InsertError, Params};

/// Fixed segments that are hashed; what is fixed beyond them is left to the trees.
const MOST_SEGMENTS: usize = 16;

#[derive(Default)]
pub(super) struct Shards {
    /// Paths without captures.
    fixed: Places<usize>,
    /// Trees of what follows a fixed prefix.
    trees: Places<matchit::Router<usize>>,
    /// Bit `n` is set where a prefix of `n` segments has a tree.
    depths: u32,
}

type Places<T> = HashMap<u64, Vec<(Box<str>, T)>, BuildHasherDefault<Hashed>>;

impl Shards {
    /// Adds a shape, in the notation of matchit, that begins with the plain text `fixed`.
    pub(super) fn insert(&mut self, fixed: &str, shape: &str, leaf: usize) -> Result<(), InsertError> {
        if fixed.len() == shape.len() {
            place(&mut self.fixed, fixed, leaf);
            return Ok(());
        }
        // Braces of a fixed part are doubled in the shape, and such parts are left to the tree.
        let plain = fixed.find(['{', '}']).map_or(fixed, |at| &fixed[..at]);
        let slashes = plain.match_indices('/').map(|(at, _)| at);
        let (depth, end) = slashes.take(MOST_SEGMENTS).enumerate().last().unwrap_or_default();
        self.depths |= 1 << depth;
        let prefix = &plain[..end];
        let tree = place(&mut self.trees, prefix, matchit::Router::new());
        tree.insert(&shape[end..], leaf)
    }

    pub(super) fn at<'t, 'p>(&'t self, path: &'p str) -> Option<(usize, Params<'t, 'p>)> {
        let mut ends = [(0_usize, 0_u64); MOST_SEGMENTS];
        let mut count = 0;
        let mut hash = Hash::default();
        for (at, byte) in path.bytes().enumerate() {
            if byte == b'/' && count < MOST_SEGMENTS {
                ends[count] = (at, hash.0);
                count += 1;
            }
            hash.add(byte);
        }
        if let Some(leaf) = find(&self.fixed, hash.0, path) {
            return Some((*leaf, Params::default()));
        }
        let prefixes =
            ends[..count].iter().enumerate().rev().filter(|(depth, _)| self.depths >> depth & 1 == 1);
        prefixes
            .filter_map(|(_, &(end, hash))| Some((end, find(&self.trees, hash, path.get(..end)?)?)))
            .find_map(|(end, tree)| {
                let found = tree.at(path.get(end..)?).ok()?;
                Some((*found.value, found.params))
            })
    }
}

/// What is at a text, `new` if there is nothing yet.
fn place<'t, T>(places: &'t mut Places<T>, text: &str, new: T) -> &'t mut T {
    let of_hash = places.entry(Hash::of(text).0).or_default();
    let at = of_hash.iter().position(|(known, _)| **known == *text).unwrap_or_else(|| {
        of_hash.push((text.into(), new));
        of_hash.len() - 1
    });
    &mut of_hash[at].1
}

fn find<'t, T>(places: &'t Places<T>, hash: u64, text: &str) -> Option<&'t T> {
    places.get(&hash)?.iter().find(|(known, _)| **known == *text).map(|(_, value)| value)
}

/// FNV-1a, which can be read at any byte. Clients cannot choose what is in the tables, so nothing is gained by collisions.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn of(text: &str) -> Self {
        let mut hash = Self::default();
        text.bytes().for_each(|byte| hash.add(byte));
        hash
    }
}

/// A key that is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0 << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;

    /// Numbers without an order, the same ones each time.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % end
        }

        fn path(&mut self, segments: &[&str]) -> String {
            let count = self.below(4) + 1;
            let mut path: String =
                (0..count).map(|_| format!("/{}", segments[self.below(segments.len())])).collect();
            if self.below(6) == 0 {
                path.push('/');
            }
            path
        }
    }

    #[test]
    fn everything_is_found_as_in_one_tree() {
        let mut numbers = Numbers(1);
        let mut compared = 0;
        for _ in 0..200 {
            let (mut whole, mut shards) = (matchit::Router::new(), Shards::default());
            for leaf in 0..30 {
                let mut captures = 0;
                let text = numbers.path(&["a", "b", "ab", "{{x}}", "{?}", "a-{?}", "é"]);
                let text: String = text
                    .split('?')
                    .map(str::to_owned)
                    .reduce(|text, rest| {
                        captures += 1;
                        format!("{text}c{captures}{rest}")
                    })
                    .unwrap();
                let pattern = Pattern::parse(&text).unwrap();
                let shape = pattern.shape();
                if whole.insert(&shape, leaf).is_ok() {
                    shards.insert(pattern.fixed(), &shape, leaf).unwrap();
                }
            }
            for _ in 0..100 {
                let path = numbers.path(&["a", "b", "ab", "abc", "{x}", "a-1", "%C3%A9", ""]);
                let one = whole.at(&path).ok().map(|found| (*found.value, texts(&found.params)));
                let other = shards.at(&path).map(|(leaf, params)| (leaf, texts(&params)));
                assert_eq!(one, other, "{path}");
                compared += usize::from(one.is_some());
            }
        }
        assert!(compared > 2000, "{compared}");
    }

    fn texts(params: &Params<'_, '_>) -> Vec<String> {
        params.iter().map(|(_, text)| text.to_owned()).collect()
    }

    #[test]
    fn paths_deeper_than_what_is_hashed_are_found() {
        let mut shards = Shards::default();
        let deep = "/x".repeat(40);
        let pattern = Pattern::parse(&format!("{deep}/{{id}}")).unwrap();
        shards.insert(pattern.fixed(), &pattern.shape(), 1).unwrap();
        let pattern = Pattern::parse(&deep).unwrap();
        shards.insert(pattern.fixed(), &pattern.shape(), 2).unwrap();
        assert_eq!(
            shards.at(&format!("{deep}/7")).map(|(leaf, params)| (leaf, texts(&params))),
            Some((1, vec!["7".to_owned()]))
        );
        assert_eq!(shards.at(&deep).map(|(leaf, _)| leaf), Some(2));
        assert!(shards.at("/x/7").is_none());
    }
}
