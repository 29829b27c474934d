//! permessage-deflate: whatever was compressed stays within the limit and says the same each time, and what this end
//! compresses reads back, for each level, window and way of takeover.

#![no_main]

use hyperserve_ws::fuzzing::{Deflate, Inflate};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 100_000;

fuzz_target!(|input: &[u8]| {
    let Some((&choice, rest)) = input.split_first() else { return };
    let (one, other) = rest.split_at(rest.len() * usize::from(choice) / 256);
    alone(rest);
    in_a_row(one, other);
    round_trip(choice, one, other);
});

/// A message that no other comes before.
fn alone(compressed: &[u8]) {
    let mut inflate = Inflate::new(false);
    let first = inflate.inflate(compressed, LIMIT);
    assert_eq!(first, inflate.inflate(compressed, LIMIT), "something was remembered");
    let Ok(message) = first else { return };
    assert!(message.len() <= LIMIT && message.capacity() <= LIMIT);
    assert_eq!(Inflate::new(true).inflate(compressed, LIMIT).as_ref(), Ok(&message));
    assert_eq!(inflate.inflate(compressed, message.len()).as_ref(), Ok(&message));
    if let Some(less) = message.len().checked_sub(1) {
        assert_eq!(inflate.inflate(compressed, less), Err("too large"));
    }
}

/// Messages with takeover, and the thread's inflater used by somebody else meanwhile.
fn in_a_row(one: &[u8], other: &[u8]) {
    let mut taking_over = Inflate::new(true);
    let mut alone = Inflate::new(false);
    for message in [one, other, one] {
        let Ok(inflated) = taking_over.inflate(message, LIMIT) else { break };
        assert!(inflated.len() <= LIMIT);
        let _ = alone.inflate(message, LIMIT / 2);
    }
}

/// The highest bit of `choice` is takeover, the others are the window and the level.
fn round_trip(choice: u8, one: &[u8], other: &[u8]) {
    let (takeover, window, level) =
        (choice & 0x80 != 0, 9 + choice / 4 % 7, [1, 1, 6, 9][usize::from(choice % 4)]);
    let mut deflate = Deflate::new(takeover, window, level);
    let mut inflate = Inflate::new(takeover);
    for message in [one, other, &[], one] {
        let compressed = deflate.deflate(message);
        assert!(!compressed.is_empty());
        assert_eq!(inflate.inflate(&compressed, message.len()).as_deref(), Ok(message));
    }
    deflate.forget();
    let compressed = deflate.deflate(one);
    assert_eq!(inflate.inflate(&compressed, one.len()).as_deref(), Ok(one));
    // what refers to nothing before it can be read by anybody
    assert_eq!(Inflate::new(false).inflate(&compressed, one.len()).as_deref(), Ok(one));
}
