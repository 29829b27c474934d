//! One frame of the server, read with no leniency at all (RFC 6455 §5).

use crate::{Fault, Opcode, escape};

/// A whole frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) fin: bool,
    pub(super) rsv1: bool,
    pub(super) op: Opcode,
    pub(super) payload: Vec<u8>,
    /// How many bytes of the input it takes.
    pub(super) taken: usize,
}

/// The frame at the start of `bytes`, or `None` while it is incomplete.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Frame>, Fault> {
    let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
    let op = Opcode(first & 0x0F);
    let (fin, rsv1) = (first & 0x80 != 0, first & 0x40 != 0);
    check(op, fin, first, second)?;
    let Some((length, head)) = length(second, rest)? else { return Ok(None) };
    let payload = rest.get(head..).unwrap_or_default().get(..length).map(<[u8]>::to_vec);
    Ok(payload.map(|payload| Frame { fin, rsv1, op, payload, taken: 2 + head + length }))
}

fn check(op: Opcode, fin: bool, first: u8, second: u8) -> Result<(), Fault> {
    let wrong = |what: &str| Err(Fault::new(format!("a {op} frame of the server {what}")));
    if first & 0x30 != 0 {
        return wrong("with RSV2 or RSV3 (RFC 6455 §5.2)");
    }
    if !op.is_known() {
        return wrong("is of no kind that there is (RFC 6455 §5.2)");
    }
    if second & 0x80 != 0 {
        return wrong("is masked (RFC 6455 §5.1)");
    }
    if op.is_control() && (!fin || first & 0x40 != 0 || second > 125) {
        return wrong("is fragmented, compressed or too long for a control frame (RFC 6455 §5.5)");
    }
    Ok(())
}

/// The payload's length, and how many bytes of `rest` say it.
fn length(second: u8, rest: &[u8]) -> Result<Option<(usize, usize)>, Fault> {
    let (size, least) = match second {
        126 => (2, 126),
        127 => (8, 0x1_0000),
        short => return Ok(Some((usize::from(short), 0))),
    };
    let Some(digits) = rest.get(..size) else { return Ok(None) };
    let length = digits.iter().fold(0_u64, |length, digit| length << 8 | u64::from(*digit));
    if length < least {
        return Err(Fault::new(format!(
            "a length of {length} in {size} bytes is not minimal (RFC 6455 §5.2)"
        )));
    }
    Ok(Some((usize::try_from(length).unwrap_or(usize::MAX), size)))
}

/// The frames in `bytes` in words, one a line, for reports; what is none is shown as it came.
pub(crate) fn describe(mut bytes: &[u8]) -> String {
    let mut lines = Vec::new();
    while !bytes.is_empty() {
        match read(bytes) {
            Ok(Some(frame)) => {
                lines.push(in_words(&frame));
                bytes = bytes.get(frame.taken..).unwrap_or_default();
            }
            Ok(None) => {
                lines.push(format!("a part of a frame: `{}`", escape::show(bytes, 60)));
                break;
            }
            Err(fault) => {
                lines.push(format!("{fault}: `{}`", escape::show(bytes, 60)));
                break;
            }
        }
    }
    lines.join("\n")
}

fn in_words(frame: &Frame) -> String {
    let flags = [(!frame.fin, ", goes on"), (frame.rsv1, ", compressed")];
    let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
    let length = frame.payload.len();
    let head = format!("{}{flags}, {length} bytes", frame.op);
    match frame.payload.as_slice() {
        [high, low, reason @ ..] if frame.op == Opcode::CLOSE => {
            format!("{head}: {} `{}`", u16::from_be_bytes([*high, *low]), escape::show(reason, 125))
        }
        payload => format!("{head}: `{}`", escape::show(payload, 60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_their_lengths() {
        let hello = read(b"\x81\x05Hello\x89").unwrap().unwrap();
        assert_eq!((hello.op, hello.payload.as_slice(), hello.taken), (Opcode::TEXT, b"Hello".as_slice(), 7));
        for part in [b"".as_slice(), b"\x81", b"\x81\x05Hell", b"\x82\x7e\x01", b"\x82\x7f\0\0\0\0\0\x01\0"] {
            assert_eq!(read(part).unwrap(), None, "{part:?}");
        }
        let long = [b"\x82\x7e\x01\x00".as_slice(), &[0; 256]].concat();
        assert_eq!(read(&long).unwrap().unwrap().taken, 260);
    }

    #[test]
    fn frames_that_no_server_may_send() {
        for wrong in [
            b"\xa1\x00".as_slice(),
            b"\x91\x00",
            b"\x83\x00",
            b"\x8b\x00",
            b"\x81\x80",
            b"\x08\x00",
            b"\xc9\x00",
            b"\x89\x7e\x00\x80",
            b"\x81\x7e\x00\x7d",
            b"\x81\x7f\0\0\0\0\0\0\xff\xff",
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn reports_say_what_came() {
        assert_eq!(
            describe(b"\x01\x02hi\x88\x05\x03\xe8bye\x81"),
            "text, goes on, 2 bytes: `hi`\nclose, 5 bytes: 1000 `bye`\na part of a frame: `\\x81`"
        );
    }
}
