//! The fastest level without takeover: blocks of fixed Huffman codes (RFC 1951 §3.2.6), as zlib's first level makes them,
//! but with a table that need not be cleared: clearing zlib's takes ten times as long as compressing a short message.

/// Matches are looked up by a hash of this many bits.
const HASH_BITS: u32 = 12;
/// Bytes that a match has at least, which are those that are hashed, and at most (RFC 1951 §3.2.5).
const LEAST: usize = 4;
const MOST: usize = 258;
/// The most that one call takes: what positions are counted in has room for two of these.
const LARGEST: usize = 1 << 30;

/// Where sequences of bytes were last seen; for one message after the other, none of which is remembered.
#[derive(Debug)]
pub(super) struct Fixed {
    /// By hash, a position plus `base`. What is less than `base` is of an earlier message.
    seen: Box<[u32]>,
    base: u32,
}

impl Fixed {
    pub(super) fn new() -> Self {
        Self { seen: vec![0; 1 << HASH_BITS].into(), base: 1 }
    }

    /// Appends `payload` as one block and the head of the empty one that a sync flush ends with (RFC 7692 §7.2.1), with
    /// matches no further back than `window` bits allow.
    ///
    /// Whether it did: a payload that is out of all proportion it leaves to others.
    pub(super) fn deflate(&mut self, payload: &[u8], window: u8, out: &mut Vec<u8>) -> bool {
        if payload.len() > LARGEST {
            return false;
        }
        if self.base as usize > LARGEST {
            self.seen.fill(0);
            self.base = 1;
        }
        out.reserve(payload.len() / 2 + 16);
        let mut bits = Bits { out, held: 0, count: 0 };
        bits.add(Code::HEAD);
        self.matches(payload, 1 << window, &mut bits);
        bits.add(Code::END);
        bits.finish();
        self.base += payload.len() as u32;
        true
    }

    fn matches(&mut self, payload: &[u8], window: usize, bits: &mut Bits<'_>) {
        let mut at = 0;
        while let Some(next) = payload[at..].first_chunk::<LEAST>() {
            match self.look(*next, at) {
                Some(before) if at - before <= window => {
                    let late = &payload[at..payload.len().min(at + MOST)];
                    let length = common(&payload[before..], late);
                    if length >= LEAST {
                        bits.add(LENGTHS[length - 3]);
                        bits.add(distance(at - before));
                        at += length;
                        continue;
                    }
                }
                _ => {}
            }
            bits.add(LITERALS[usize::from(next[0])]);
            at += 1;
        }
        payload[at..].iter().for_each(|byte| bits.add(LITERALS[usize::from(*byte)]));
    }

    /// Where this message may have had these bytes before; from now on, at `at`.
    #[inline]
    fn look(&mut self, bytes: [u8; LEAST], at: usize) -> Option<usize> {
        // Knuth's multiplicative hash
        let hash = u32::from_le_bytes(bytes).wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS);
        let seen = std::mem::replace(&mut self.seen[hash as usize], self.base + at as u32);
        seen.checked_sub(self.base).map(|position| position as usize)
    }
}

/// How many bytes both begin with, at most all of `late`.
#[inline]
fn common(early: &[u8], late: &[u8]) -> usize {
    let mut length = 0;
    for (one, other) in early.chunks_exact(8).zip(late.chunks_exact(8)) {
        let differs = word(one) ^ word(other);
        if differs != 0 {
            return length + differs.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length + early[length..].iter().zip(&late[length..]).take_while(|(one, other)| one == other).count()
}

#[inline]
fn word(eight: &[u8]) -> u64 {
    eight.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight))
}

/// Bits on their way to bytes, the lowest first (RFC 1951 §3.1.1).
struct Bits<'a> {
    out: &'a mut Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits<'_> {
    #[inline]
    fn add(&mut self, code: Code) {
        self.held |= u64::from(code.bits) << self.count;
        self.count += u32::from(code.count);
        if self.count >= 32 {
            self.out.extend_from_slice(&(self.held as u32).to_le_bytes());
            self.held >>= 32;
            self.count -= 32;
        }
    }

    /// Fills up the last byte with zeros.
    fn finish(self) {
        let bytes = self.count.div_ceil(8) as usize;
        self.out.extend_from_slice(&self.held.to_le_bytes()[..bytes]);
    }
}

/// A code with the extra bits that follow it, ready to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Code {
    bits: u32,
    count: u8,
}

impl Code {
    /// A block with fixed codes that is not the last.
    const HEAD: Self = Self { bits: 0b010, count: 3 };
    /// The end of a block, seven zeros, and the head of a stored one, three.
    const END: Self = Self { bits: 0, count: 7 + 3 };

    /// A Huffman code, which begins with its highest bit, and the extra bits behind it, which do not.
    const fn new(code: u16, count: u8, extra: u32, extra_count: u8) -> Self {
        let reversed = (code.reverse_bits() >> (16 - count)) as u32;
        Self { bits: reversed | extra << count, count: count + extra_count }
    }

    /// The table of RFC 1951 §3.2.6.
    const fn of_symbol(symbol: u16, extra: u32, extra_count: u8) -> Self {
        let (code, count) = match symbol {
            0..=143 => (0b0011_0000 + symbol, 8),
            144..=255 => (0b1_1001_0000 + (symbol - 144), 9),
            256..=279 => (symbol - 256, 7),
            _ => (0b1100_0000 + (symbol - 280), 8),
        };
        Self::new(code, count, extra, extra_count)
    }

    /// A length, less three (RFC 1951 §3.2.5): from eight on, each four symbols share a number of extra bits.
    const fn of_length(beyond_three: u32) -> Self {
        if beyond_three == MOST as u32 - 3 {
            return Self::of_symbol(285, 0, 0);
        }
        if beyond_three < 8 {
            return Self::of_symbol(257 + beyond_three as u16, 0, 0);
        }
        let extra_count = beyond_three.ilog2() - 2;
        let symbol = 261 + 4 * extra_count + (beyond_three >> extra_count & 3);
        Self::of_symbol(symbol as u16, beyond_three & ((1 << extra_count) - 1), extra_count as u8)
    }
}

const LITERALS: [Code; 256] = {
    let mut codes = [Code { bits: 0, count: 0 }; 256];
    let mut byte = 0;
    while byte < 256 {
        codes[byte] = Code::of_symbol(byte as u16, 0, 0);
        byte += 1;
    }
    codes
};

const LENGTHS: [Code; 256] = {
    let mut codes = [Code { bits: 0, count: 0 }; 256];
    let mut beyond_three = 0;
    while beyond_three < 256 {
        codes[beyond_three] = Code::of_length(beyond_three as u32);
        beyond_three += 1;
    }
    codes
};

/// A distance (RFC 1951 §3.2.5): from four on, each two symbols share a number of extra bits.
#[inline]
const fn distance(distance: usize) -> Code {
    let beyond_one = distance as u32 - 1;
    if beyond_one < 4 {
        return Code::new(beyond_one as u16, 5, 0, 0);
    }
    let extra_count = beyond_one.ilog2() - 1;
    let symbol = 2 + 2 * extra_count + (beyond_one >> extra_count & 1);
    Code::new(symbol as u16, 5, beyond_one & ((1 << extra_count) - 1), extra_count as u8)
}

#[cfg(test)]
mod tests {
    use super::{Fixed, LARGEST};
    use crate::deflate::Inflater;

    fn deflated(fixed: &mut Fixed, payload: &[u8], window: u8) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(fixed.deflate(payload, window, &mut out));
        out
    }

    #[track_caller]
    fn reads_back(fixed: &mut Fixed, payload: &[u8]) -> usize {
        let out = deflated(fixed, payload, 15);
        assert!(Inflater::new(false).inflate(&out, payload.len()).unwrap() == payload);
        out.len()
    }

    /// RFC 7692 §7.2.3.1
    #[test]
    fn the_example_of_the_rfc_is_written() {
        let out = deflated(&mut Fixed::new(), b"Hello", 15);
        assert_eq!(out, [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    }

    /// Runs make a match of every length, and what stands between copies one of every kind of distance.
    #[test]
    fn every_length_and_distance_reads_back() {
        let mut fixed = Fixed::new();
        for length in 1..600 {
            reads_back(&mut fixed, &vec![b'x'; length]);
        }
        let noise: Vec<u8> =
            (0..33_000_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b1).to_be_bytes()).collect();
        for distance in
            (4..70).chain((70..32_700).step_by(251)).chain([16_384, 16_385, 32_767, 32_768, 32_769])
        {
            let payload = [b"copied bytes", &noise[..distance], b"copied bytes"].concat();
            reads_back(&mut fixed, &payload);
            let payload = noise[..distance].repeat(2);
            let size = reads_back(&mut fixed, &payload);
            assert!(!(70..4_000).contains(&distance) || size < distance * 5 / 4 + 300, "{distance}: {size}");
        }
        let every_byte: Vec<u8> = (0..=255).collect();
        reads_back(&mut fixed, &every_byte);
    }

    #[test]
    fn matches_stay_within_the_window() {
        let noise: Vec<u8> = (0..300_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b1).to_be_bytes()).collect();
        let size =
            |distance: usize, window| deflated(&mut Fixed::new(), &noise[..distance].repeat(2), window).len();
        assert!(size(512, 9) < 700 && size(513, 9) > 1_000 && size(513, 10) < 700);
    }

    #[test]
    fn no_message_refers_to_another() {
        let mut fixed = Fixed::new();
        let first = deflated(&mut fixed, b"a secret of somebody else", 15);
        assert_eq!(deflated(&mut fixed, b"a secret of somebody else", 15), first);
        // positions begin anew before they run over
        fixed.base = LARGEST as u32;
        assert_eq!(deflated(&mut fixed, b"a secret of somebody else", 15), first);
        assert!(fixed.base as usize > LARGEST);
        assert_eq!(deflated(&mut fixed, b"a secret of somebody else", 15), first);
        assert_eq!(fixed.base, 26);
    }
}
