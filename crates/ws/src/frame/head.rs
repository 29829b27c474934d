//! The head of a frame (RFC 6455 §5.2).

use super::mask::Mask;
use crate::Error;

/// The most bytes a head can have.
pub(crate) const MAX_HEAD: usize = 14;
/// The most bytes a control frame's payload can have (RFC 6455 §5.5).
pub(crate) const MAX_CONTROL: usize = 125;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    const fn of(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(crate) const fn is_control(self) -> bool {
        self as u8 >= 8
    }
}

/// A head as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) fin: bool,
    /// RSV1: the first frame of a compressed message (RFC 7692 §6).
    pub(crate) compressed: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: Option<Mask>,
    pub(crate) len: u64,
}

impl Head {
    /// Reads a head and tells how many bytes it had; `None` when some of them are still to come.
    ///
    /// # Errors
    ///
    /// What no extension of ours allows: RSV2, RSV3, unknown opcodes, a control frame that is fragmented, compressed or long,
    /// a length that could have been written shorter (RFC 6455 §5.2) or has its highest bit set.
    #[inline]
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, Error> {
        let &[first, second, ..] = bytes else { return Ok(None) };
        if first & 0x30 != 0 {
            return Err(Error::Protocol("a reserved bit is set"));
        }
        let Some(opcode) = Opcode::of(first & 0x0f) else { return Err(Error::Protocol("an unknown opcode")) };
        let (fin, compressed) = (first & 0x80 != 0, first & 0x40 != 0);
        let short = second & 0x7f;
        if opcode.is_control() {
            Self::check_control(fin, compressed, short)?;
        }
        let extra = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let masked = second & 0x80 != 0;
        let end = 2 + extra + if masked { 4 } else { 0 };
        if bytes.len() < end {
            return Ok(None);
        }
        let len = match short {
            126 | 127 => bytes[2..2 + extra].iter().fold(0, |len, &byte| len << 8 | u64::from(byte)),
            short => u64::from(short),
        };
        let least = match short {
            126 => 126,
            127 => 0x1_0000,
            _ => 0,
        };
        if len < least || len > i64::MAX as u64 {
            return Err(Error::Protocol("a length that is not written as short as it could be"));
        }
        let mask =
            masked.then(|| Mask::new([bytes[end - 4], bytes[end - 3], bytes[end - 2], bytes[end - 1]]));
        Ok(Some((Self { fin, compressed, opcode, mask, len }, end)))
    }

    fn check_control(fin: bool, compressed: bool, short: u8) -> Result<(), Error> {
        if !fin {
            return Err(Error::Protocol("a fragmented control frame"));
        }
        if compressed {
            return Err(Error::Protocol("a compressed control frame"));
        }
        if usize::from(short) > MAX_CONTROL {
            return Err(Error::Protocol("a control frame of more than 125 bytes"));
        }
        Ok(())
    }

    /// Appends the head of a whole, unfragmented frame.
    #[inline]
    pub(crate) fn write(out: &mut Vec<u8>, opcode: Opcode, compressed: bool, mask: Option<Mask>, len: usize) {
        let first = 0x80 | if compressed { 0x40 } else { 0 } | opcode as u8;
        let masked = if mask.is_some() { 0x80 } else { 0 };
        match len {
            0..=125 => out.extend_from_slice(&[first, masked | len as u8]),
            126..=0xffff => {
                let [a, b] = (len as u16).to_be_bytes();
                out.extend_from_slice(&[first, masked | 126, a, b]);
            }
            _ => {
                out.extend_from_slice(&[first, masked | 127]);
                out.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        if let Some(mask) = mask {
            out.extend_from_slice(&mask.key());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_back_and_wait_for_their_last_byte() {
        for len in [0, 1, 125, 126, 65_535, 65_536, 1 << 40] {
            for mask in [None, Some(Mask::new([1, 2, 3, 4]))] {
                let mut bytes = Vec::new();
                Head::write(&mut bytes, Opcode::Text, true, mask, len);
                let head = Head { fin: true, compressed: true, opcode: Opcode::Text, mask, len: len as u64 };
                assert_eq!(Head::read(&bytes).unwrap(), Some((head, bytes.len())));
                for end in 0..bytes.len() {
                    assert_eq!(Head::read(&bytes[..end]).unwrap(), None);
                }
            }
        }
    }

    #[test]
    fn what_the_protocol_forbids_is_refused() {
        let bad: [&[u8]; 10] = [
            b"\xa1\x00",                                 // RSV2
            b"\x91\x00",                                 // RSV3
            b"\x83\x00",                                 // opcode 3
            b"\x8b\x00",                                 // opcode 11
            b"\x09\x00",                                 // fragmented ping
            b"\xc9\x00",                                 // compressed ping
            b"\x88\x7e",                                 // long close
            b"\x82\x7e\x00\x7d",                         // 125 in two bytes
            b"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", // 65 535 in eight
            b"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", // the highest bit
        ];
        for bytes in bad {
            assert!(Head::read(bytes).is_err(), "{bytes:x?}");
        }
    }
}
