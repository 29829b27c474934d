//! What a connection sends, made beforehand, over and over.

use std::io;
use std::ops::Range;

use super::compress::Deflate;
use super::frame::{masked, unmasked};
use super::payload::Payload;

/// Bytes of messages that take their turns: few enough to stay in a core's cache beside the server's.
const TURN: usize = 256 << 10;
const MOST_MESSAGES: usize = 64;

/// Messages in their frames, a batch of them to one write.
#[derive(Debug)]
pub struct Script {
    /// What the messages carry, in turn.
    pub messages: Vec<Vec<u8>>,
    /// What a server sends when it echoes all of them, uncompressed.
    pub echoes: Vec<u8>,
    frames: Vec<u8>,
    batches: Vec<Range<usize>>,
    depth: usize,
}

impl Script {
    /// Messages of `size` bytes, `depth` of them to a batch.
    ///
    /// # Errors
    /// The compressor's own.
    pub fn new(payload: Payload, size: usize, depth: usize, deflate: Deflate) -> io::Result<Self> {
        let turn = (TURN / size.max(1)).clamp(1, MOST_MESSAGES).next_multiple_of(depth);
        let messages = payload.messages(turn, size);
        let (first, payloads) = deflate.encode(payload.first_byte(), &messages)?;
        let echoes = messages.iter().flat_map(|message| unmasked(payload.first_byte(), message)).collect();
        let mut script = Self { messages, echoes, frames: Vec::new(), batches: Vec::new(), depth };
        for batch in payloads.chunks(depth) {
            script.add(first, batch);
        }
        Ok(script)
    }

    fn add(&mut self, first: u8, batch: &[Vec<u8>]) {
        let start = self.frames.len();
        for payload in batch {
            let key = (self.frames.len() as u32).wrapping_mul(0x9E37_79B9) | 1;
            self.frames.extend(masked(first, payload, key.to_be_bytes()));
        }
        self.batches.push(start..self.frames.len());
    }

    /// The message that a connection of this `number` begins with: each another one, so that an answer on the wrong
    /// connection is seen. A script of more than one lap is begun at its beginning.
    #[must_use]
    pub fn beginning(&self, number: usize) -> usize {
        let one_lap = self.batches.len() * self.depth == self.messages.len();
        if one_lap { number % self.batches.len() * self.depth } else { 0 }
    }

    /// The bytes of the batch whose first message is the `message`-th, counted from the first lap's first on.
    #[must_use]
    pub fn batch(&self, message: usize) -> &[u8] {
        let (number, lap) = (message / self.depth, self.messages.len() / self.depth);
        let last_lap = self.batches.len() - lap;
        let number = if number < last_lap { number } else { last_lap + (number - last_lap) % lap };
        &self.frames[self.batches[number].clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::{Deflate, Payload, Script};

    #[test]
    fn one_lap_goes_round() {
        let script = Script::new(Payload::Random, 16, 16, Deflate::Off).unwrap();
        assert_eq!((script.messages.len(), script.batches.len()), (64, 4));
        assert_eq!(script.batch(0), script.batch(64));
        assert_ne!(script.batch(0), script.batch(16));
        assert_eq!((script.beginning(1), script.beginning(4)), (16, 0));
    }

    #[test]
    fn of_two_laps_the_second_goes_round() {
        let script = Script::new(Payload::Json, 1024, 1, Deflate::Takeover).unwrap();
        assert_eq!((script.messages.len(), script.batches.len(), script.beginning(5)), (64, 128, 0));
        assert_ne!(script.batch(0), script.batch(64));
        assert_eq!(script.batch(64), script.batch(128));
        assert_eq!(script.batch(65), script.batch(65 + 640));
    }

    #[test]
    fn large_messages_take_shorter_turns() {
        assert_eq!(Script::new(Payload::Random, 65_536, 1, Deflate::Off).unwrap().messages.len(), 4);
        assert_eq!(Script::new(Payload::Random, 65_536, 16, Deflate::Off).unwrap().messages.len(), 16);
    }
}
