//! Messages out of the server's frames: put together, inflated, and held to the rules that span frames (RFC 6455 §5.4,
//! §5.5.1, §8.1; RFC 7692 §6.2).

use super::{
    deflate::Inflater,
    extension::Extension,
    frame::{self, Frame},
};
use crate::{Fault, Opcode};

/// One message, or one control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) op: Opcode,
    /// The status code of a close that has one.
    pub(crate) code: Option<u16>,
    /// The payload, inflated; of a close, the reason.
    pub(crate) payload: Vec<u8>,
    /// Whether it came compressed.
    pub(crate) compressed: bool,
    /// How many bytes of payload it had on the wire.
    pub(crate) wire: usize,
}

/// Reads messages; of bytes that are taken it keeps what it needs.
pub(crate) struct Messages {
    inflater: Option<Inflater>,
    /// A message whose end has not come.
    begun: Option<Message>,
    closed: bool,
}

impl Messages {
    pub(crate) fn new(agreed: Option<Extension>) -> Self {
        Self { inflater: agreed.map(Inflater::new), begun: None, closed: false }
    }

    /// The next message or control frame in `bytes` if it is whole; `taken` grows by the frames that were read.
    pub(crate) fn next(&mut self, bytes: &[u8], taken: &mut usize) -> Result<Option<Message>, Fault> {
        while let Some(frame) = frame::read(bytes.get(*taken..).unwrap_or_default())? {
            *taken += frame.taken;
            if let Some(message) = self.take(frame)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn take(&mut self, frame: Frame) -> Result<Option<Message>, Fault> {
        // A ping may still be answered: it is data that the close ends (RFC 6455 §5.5.1), and a close is said once.
        if self.closed && (!frame.op.is_control() || frame.op == Opcode::CLOSE) {
            return Err(Fault::new(format!("a {} frame after the close (RFC 6455 §5.5.1)", frame.op)));
        }
        self.check(&frame)?;
        let (fin, wire) = (frame.fin, frame.payload.len());
        if frame.op.is_control() {
            return control(frame).map(|message| {
                self.closed |= message.op == Opcode::CLOSE;
                Some(message)
            });
        }
        let mut message = self.begun.take().unwrap_or(Message {
            op: frame.op,
            code: None,
            payload: Vec::new(),
            compressed: frame.rsv1,
            wire: 0,
        });
        message.payload.extend(frame.payload);
        message.wire += wire;
        if fin {
            return self.finish(message).map(Some);
        }
        self.begun = Some(message);
        Ok(None)
    }

    fn check(&self, frame: &Frame) -> Result<(), Fault> {
        let wrong = |what: &str| Err(Fault::new(format!("a {} frame {what}", frame.op)));
        let goes_on = frame.op == Opcode::CONTINUE;
        if !frame.op.is_control() && goes_on != self.begun.is_some() {
            return wrong("where no such frame may be (RFC 6455 §5.4)");
        }
        if frame.rsv1 && (self.inflater.is_none() || goes_on) {
            return wrong("with RSV1, which was not agreed on or is not its to set (RFC 7692 §6)");
        }
        Ok(())
    }

    fn finish(&mut self, mut message: Message) -> Result<Message, Fault> {
        if let Some(inflater) = self.inflater.as_mut().filter(|_| message.compressed) {
            message.payload = inflater.inflate(&message.payload)?;
        }
        if message.op == Opcode::TEXT && std::str::from_utf8(&message.payload).is_err() {
            return Err(Fault::new("a text that is no UTF-8 (RFC 6455 §5.6)"));
        }
        Ok(message)
    }
}

fn control(frame: Frame) -> Result<Message, Fault> {
    let wire = frame.payload.len();
    let message = |code, payload| Message { op: frame.op, code, payload, compressed: false, wire };
    if frame.op != Opcode::CLOSE {
        return Ok(message(None, frame.payload));
    }
    let (code, reason) = match frame.payload.as_slice() {
        [] => (None, Vec::new()),
        [high, low, reason @ ..] => (Some(u16::from_be_bytes([*high, *low])), reason.to_vec()),
        [_] => return Err(Fault::new("a close of one byte (RFC 6455 §5.5.1)")),
    };
    if !code.is_none_or(may_be_sent) || std::str::from_utf8(&reason).is_err() {
        return Err(Fault::new(format!(
            "a close with {code:?}, or a reason that is no UTF-8 (RFC 6455 §7.4)"
        )));
    }
    Ok(message(code, reason))
}

/// RFC 6455 §7.4 and what IANA has registered since.
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGREED: Extension = Extension { takeover: false, window: 15 };

    fn all(bytes: &[u8], agreed: Option<Extension>) -> Result<Vec<Message>, Fault> {
        let (mut messages, mut taken, mut found) = (Messages::new(agreed), 0, Vec::new());
        while let Some(message) = messages.next(bytes, &mut taken)? {
            found.push(message);
        }
        Ok(found)
    }

    #[test]
    fn fragments_are_put_together_around_control_frames() {
        let found = all(b"\x01\x02he\x89\x01!\x80\x03llo\x88\x03\x03\xe8.", None).unwrap();
        let brief: Vec<_> =
            found.iter().map(|message| (message.op, message.payload.as_slice(), message.wire)).collect();
        let text = (Opcode::TEXT, b"hello".as_slice(), 5);
        assert_eq!(brief, [(Opcode::PING, b"!".as_slice(), 1), text, (Opcode::CLOSE, b".", 3)]);
        assert_eq!(found[2].code, Some(1000));
    }

    #[test]
    fn compressed_fragments_are_inflated_together() {
        let found = all(b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00", Some(AGREED)).unwrap();
        assert_eq!(
            (found[0].payload.as_slice(), found[0].compressed, found[0].wire),
            (b"Hello".as_slice(), true, 7)
        );
    }

    #[test]
    fn what_no_server_may_send() {
        for wrong in [
            b"\x80\x00".as_slice(),
            b"\x01\x00\x81\x00",
            b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00",
            b"\x81\x01\xff",
            b"\x88\x01\x03",
            b"\x88\x02\x03\xed",
            b"\x88\x03\x03\xe8\xff",
            b"\x88\x00\x81\x00",
        ] {
            assert!(all(wrong, None).is_err(), "{wrong:?}");
        }
        assert!(all(b"\x41\x03\xf2\x48\xcd\xc0\x04\xc9\xc9\x07\x00", Some(AGREED)).is_err());
    }
}
