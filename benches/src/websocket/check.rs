//! Whether what comes back is what was sent.

use std::io;

use super::compress::{Deflate, Inflator};
use super::frame::parse;
use super::script::Script;

/// One connection's answers, as they arrive.
#[derive(Debug)]
pub enum Check {
    /// Compared byte by byte with the frames that must come: `at` counts those that did.
    Exact {
        /// Place of the next byte in the script's echoes.
        at: usize,
        /// Bytes of an answer.
        length: usize,
    },
    /// Parsed and inflated.
    Inflated {
        /// The next message.
        next: usize,
        /// What came of an answer that is not whole.
        rest: Vec<u8>,
        /// Of this connection.
        inflator: Box<Inflator>,
    },
}

impl Check {
    /// For a connection whose first message is `beginning`.
    #[must_use]
    pub fn new(script: &Script, deflate: Deflate, beginning: usize) -> Self {
        let length = script.echoes.len() / script.messages.len();
        match deflate {
            Deflate::Off => Self::Exact { at: beginning * length, length },
            _ => {
                let inflator = Box::new(Inflator::new(deflate, script.messages[0].len()));
                Self::Inflated { next: beginning, rest: Vec::new(), inflator }
            }
        }
    }

    /// Takes what was read; gives how many answers it completed.
    ///
    /// # Errors
    /// `InvalidData` where it is not the echo of what was sent.
    pub fn take(&mut self, script: &Script, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Exact { at, length } => exact(script, bytes, at, *length),
            Self::Inflated { next, rest, inflator } => inflated(script, bytes, next, rest, inflator),
        }
    }
}

fn exact(script: &Script, mut bytes: &[u8], at: &mut usize, length: usize) -> io::Result<usize> {
    let done = (*at % length + bytes.len()) / length;
    while !bytes.is_empty() {
        let expected = &script.echoes[*at..];
        let (now, later) = bytes.split_at(bytes.len().min(expected.len()));
        if now != &expected[..now.len()] {
            return Err(other());
        }
        *at = (*at + now.len()) % script.echoes.len();
        bytes = later;
    }
    Ok(done)
}

fn inflated(
    script: &Script,
    bytes: &[u8],
    next: &mut usize,
    rest: &mut Vec<u8>,
    inflator: &mut Inflator,
) -> io::Result<usize> {
    rest.extend_from_slice(bytes);
    let (mut done, mut used) = (0, 0);
    while let Some(frame) = parse(&rest[used..])? {
        if !inflator.carries(frame.first, frame.payload, &script.messages[*next])? {
            return Err(other());
        }
        *next = (*next + 1) % script.messages.len();
        used += frame.length;
        done += 1;
    }
    rest.drain(..used);
    Ok(done)
}

fn other() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "an answer is not the message that was sent")
}

#[cfg(test)]
mod tests {
    use super::{Check, Deflate, Script};
    use crate::websocket::{Payload, TEXT, unmasked};

    #[test]
    fn echoes_are_counted_however_they_are_cut() {
        let script = Script::new(Payload::Random, 16, 1, Deflate::Off).unwrap();
        let mut check = Check::new(&script, Deflate::Off, 63);
        let (wrapped, turn) = script.echoes.split_at(63 * 18);
        let stream = [turn, wrapped, &turn[..5]].concat();
        let counts: Vec<_> = stream.chunks(25).map(|part| check.take(&script, part).unwrap()).collect();
        assert_eq!(counts.iter().sum::<usize>(), 64);
        assert_eq!(&counts[..3], [1, 1, 2]);
        assert!(check.take(&script, b"?").is_err());
    }

    #[test]
    fn compressed_echoes_are_inflated() {
        let script = Script::new(Payload::Json, 1024, 1, Deflate::Fresh).unwrap();
        let mut check = Check::new(&script, Deflate::Fresh, 0);
        let (first, payloads) = Deflate::Fresh.encode(TEXT, &script.messages).unwrap();
        let frame = unmasked(first, &payloads[0]);
        assert_eq!(check.take(&script, &frame[..100]).unwrap(), 0);
        assert_eq!(check.take(&script, &frame[100..]).unwrap(), 1);
        assert!(check.take(&script, &frame).is_err());
    }
}
