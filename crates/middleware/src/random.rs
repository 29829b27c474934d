//! Random bytes for ids, from the operating system's generator, a block at a time: one system call for some fifty ids.
//!
//! Each thread has a block of its own, so that no two wait for each other.

use std::cell::RefCell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Bytes that are drawn at once.
const BLOCK: usize = 512;

struct Block {
    bytes: [u8; BLOCK],
    used: usize,
}

thread_local! {
    static RANDOM: RefCell<Block> = const { RefCell::new(Block { bytes: [0; BLOCK], used: BLOCK }) };
}

/// So many random bytes, at most as many as a block has.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    const { assert!(N <= BLOCK) };
    RANDOM.with_borrow_mut(Block::take)
}

impl Block {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        if self.used + N > BLOCK {
            fill(&mut self.bytes);
            self.used = 0;
        }
        let mut taken = [0; N];
        // What was given out is not kept.
        taken.swap_with_slice(&mut self.bytes[self.used..self.used + N]);
        self.used += N;
        taken
    }
}

fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        fill_by_hash(bytes);
    }
}

/// Where the system has no random bytes to give: the hashes of nothing under keys that the standard library draws. They
/// are distinct, which ids must be, and hard to guess, which is welcome.
fn fill_by_hash(bytes: &mut [u8]) {
    for part in bytes.chunks_mut(size_of::<u64>()) {
        let hash = RandomState::new().build_hasher().finish().to_ne_bytes();
        part.copy_from_slice(&hash[..part.len()]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_bytes_are_given_twice() {
        let here = (0..1000).map(|_| random::<10>());
        let there = std::thread::spawn(|| (0..1000).map(|_| random::<10>()).collect::<Vec<_>>());
        let all: HashSet<[u8; 10]> = here.chain(there.join().unwrap()).collect();
        assert_eq!(all.len(), 2000);
        assert!(!all.contains(&[0; 10]));
    }

    #[test]
    fn a_block_is_used_to_its_end() {
        let mut block = Block { bytes: [7; BLOCK], used: BLOCK - 8 };
        assert_eq!(block.take(), [7; 8]);
        assert_ne!(block.take(), [7; 16]);
        assert_eq!(block.used, 16);
    }

    #[test]
    fn hashes_do_where_the_system_does_not() {
        let mut bytes = [0; 44];
        fill_by_hash(&mut bytes);
        let parts: HashSet<&[u8]> = bytes.chunks(8).collect();
        assert_eq!(parts.len(), 6);
    }
}
