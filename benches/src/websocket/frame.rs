//! Frames (RFC 6455 §5.2).

use std::io;

/// First byte of a whole text message.
pub const TEXT: u8 = 0x81;
/// First byte of a whole binary message.
pub const BINARY: u8 = 0x82;
/// First byte of a ping.
pub const PING: u8 = 0x89;
/// First byte of a pong.
pub const PONG: u8 = 0x8A;

const MASKED: u8 = 0x80;

/// A frame as a client sends it.
#[must_use]
pub fn masked(first: u8, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut frame = head(first, payload.len(), MASKED);
    frame.extend_from_slice(&key);
    frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// A frame as a server sends it.
#[must_use]
pub fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, payload.len(), 0);
    frame.extend_from_slice(payload);
    frame
}

fn head(first: u8, length: usize, mask: u8) -> Vec<u8> {
    let mut head = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..126), _) => head.push(mask | short),
        (_, Ok(middle)) => {
            head.push(mask | 126);
            head.extend_from_slice(&middle.to_be_bytes());
        }
        _ => {
            head.push(mask | 127);
            head.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    head
}

/// A server's frame at the beginning of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// FIN, reserved bits and opcode.
    pub first: u8,
    /// What it carries.
    pub payload: &'a [u8],
    /// Bytes of the whole frame.
    pub length: usize,
}

/// The first frame of `bytes`, or `None` until all of it is there.
///
/// # Errors
/// `InvalidData` for a masked frame, which a server must not send (RFC 6455 §5.1).
pub fn parse(bytes: &[u8]) -> io::Result<Option<Frame<'_>>> {
    let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
    let (length, head): (usize, usize) = match (second, rest) {
        (MASKED.., _) => {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a masked frame from the server"));
        }
        (126, &[a, b, ..]) => (usize::from(u16::from_be_bytes([a, b])), 4),
        (127, &[a, b, c, d, e, f, g, h, ..]) => (u64::from_be_bytes([a, b, c, d, e, f, g, h]) as usize, 10),
        (126 | 127, _) => return Ok(None),
        (short, _) => (usize::from(short), 2),
    };
    let whole = bytes.get(head..head.saturating_add(length));
    Ok(whole.map(|payload| Frame { first, payload, length: head + length }))
}

#[cfg(test)]
mod tests {
    use super::{BINARY, TEXT, masked, parse, unmasked};

    #[test]
    fn every_form_of_length_is_parsed_once_it_is_whole() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
            let payload = vec![7; length];
            let mut bytes = unmasked(BINARY, &payload);
            let whole = bytes.len();
            assert_eq!(parse(&bytes[..whole - 1]).unwrap(), None, "{length}");
            bytes.push(1);
            let frame = parse(&bytes).unwrap().unwrap();
            assert_eq!((frame.first, frame.payload, frame.length), (BINARY, &payload[..], whole));
        }
    }

    #[test]
    fn masks_as_in_the_example_of_rfc_6455_section_5_7() {
        let frame = masked(TEXT, b"Hello", [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(frame, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        assert!(parse(&frame).is_err());
    }
}
