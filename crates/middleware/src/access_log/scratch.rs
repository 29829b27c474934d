//! What each thread keeps to write lines with, so that a line allocates nothing.

use std::cell::RefCell;

use super::time::Clock;

/// A line longer than this does not leave its room behind.
const KEPT: usize = 16 * 1024;

/// A place to write a line, and the time of day.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) line: Vec<u8>,
    pub(super) clock: Clock,
    seen: u32,
}

impl Scratch {
    const fn new() -> Self {
        Self { line: Vec::new(), clock: Clock::new(), seen: 0 }
    }

    /// Whether this one of `sample` lines is written.
    pub(super) const fn samples(&mut self, sample: u32) -> bool {
        self.seen = self.seen.wrapping_add(1);
        self.seen.is_multiple_of(sample)
    }
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch::new()) };
}

/// Lends the thread's own place; a thread that ends, and so has given up its own, gets one for the time.
pub(super) fn with_scratch(write: impl Fn(&mut Scratch)) {
    let lent = SCRATCH.try_with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => lend(&mut scratch, &write),
        Err(_) => lend(&mut Scratch::new(), &write),
    });
    if lent.is_err() {
        lend(&mut Scratch::new(), &write);
    }
}

fn lend(scratch: &mut Scratch, write: impl Fn(&mut Scratch)) {
    write(scratch);
    scratch.line.clear();
    scratch.line.shrink_to(KEPT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_so_many_is_sampled() {
        let mut scratch = Scratch::new();
        let sampled = (0..100).filter(|_| scratch.samples(10)).count();
        assert_eq!(sampled, 10);
    }

    #[test]
    fn a_long_line_leaves_no_room_behind() {
        with_scratch(|scratch| scratch.line.resize(10 * KEPT, 0));
        with_scratch(|scratch| {
            assert!(scratch.line.is_empty() && scratch.line.capacity() <= KEPT);
        });
    }
}
