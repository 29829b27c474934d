//! What hubs send each other: a head of ten bytes, then the payload as it is.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | the version, 1; a hub passes over versions that it does not know |
//! | 1 | the kind: text, binary, joined, updated, left |
//! | 8 | the number of the hub that sends, big end first |
//! | 8 | of joined, updated and left: the member's number |
//! | … | the message, or the JSON of the member's presence |

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::events::Change;
use super::member::{MemberId, NodeId};
use crate::{Message, Utf8Bytes};

const VERSION: u8 = 1;
const TEXT: u8 = 0;
const BINARY: u8 = 1;
const JOINED: u8 = 2;
const UPDATED: u8 = 3;
const LEFT: u8 = 4;

/// Bytes in front of a message.
const HEAD: usize = 10;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    Message(Message),
    Change { change: Change, id: MemberId, presence: Bytes },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) from: NodeId,
    pub(super) content: Content,
}

pub(super) fn message(from: NodeId, message: &Message) -> Bytes {
    let kind = if message.is_text() { TEXT } else { BINARY };
    let mut envelope = head(kind, from, message.len());
    envelope.put_slice(message.as_bytes());
    envelope.freeze()
}

pub(super) fn change(from: NodeId, change: Change, id: MemberId, presence: &[u8]) -> Bytes {
    let kind = match change {
        Change::Joined => JOINED,
        Change::Updated => UPDATED,
        Change::Left => LEFT,
    };
    let mut envelope = head(kind, from, 8 + presence.len());
    envelope.put_u64(id.number());
    envelope.put_slice(presence);
    envelope.freeze()
}

fn head(kind: u8, from: NodeId, rest: usize) -> BytesMut {
    let mut envelope = BytesMut::with_capacity(HEAD + rest);
    envelope.put_u8(VERSION);
    envelope.put_u8(kind);
    envelope.put_u64(from.to_bits());
    envelope
}

/// Reads an envelope, or says why it cannot.
pub(super) fn read(mut envelope: Bytes) -> Result<Envelope, &'static str> {
    const SHORT: &str = "it is cut short";
    if envelope.try_get_u8().map_err(|_| SHORT)? != VERSION {
        return Err("it is of another version");
    }
    let kind = envelope.try_get_u8().map_err(|_| SHORT)?;
    let from = NodeId::from_bits(envelope.try_get_u64().map_err(|_| SHORT)?);
    let change = match kind {
        TEXT => {
            let text = Utf8Bytes::try_from(envelope).map_err(|_| "its text is not UTF-8")?;
            return Ok(Envelope { from, content: Content::Message(Message::Text(text)) });
        }
        BINARY => return Ok(Envelope { from, content: Content::Message(Message::Binary(envelope)) }),
        JOINED => Change::Joined,
        UPDATED => Change::Updated,
        LEFT => Change::Left,
        _ => return Err("it is of an unknown kind"),
    };
    let id = MemberId::new(from, envelope.try_get_u64().map_err(|_| SHORT)?);
    Ok(Envelope { from, content: Content::Change { change, id, presence: envelope } })
}

#[cfg(test)]
mod tests {
    use super::{Change, Content, Envelope, MemberId, NodeId, change, message, read};
    use crate::Message;
    use bytes::Bytes;

    const FROM: NodeId = NodeId::from_bits(0x0102_0304_0506_0708);

    #[test]
    fn messages_come_back_as_they_were() {
        for sent in [Message::from("grüß dich"), Message::from(""), Message::from(vec![0, 255, 13, 10])] {
            let content = Content::Message(sent.clone());
            assert_eq!(read(message(FROM, &sent)), Ok(Envelope { from: FROM, content }));
        }
    }

    #[test]
    fn changes_come_back_as_they_were() {
        let id = MemberId::new(FROM, u64::MAX);
        for kind in [Change::Joined, Change::Updated, Change::Left] {
            let content = Content::Change { change: kind, id, presence: Bytes::from_static(b"\"Ada\"") };
            assert_eq!(read(change(FROM, kind, id, b"\"Ada\"")), Ok(Envelope { from: FROM, content }));
        }
    }

    #[test]
    fn whatever_else_comes_is_an_error() {
        let text = message(FROM, &Message::from("x"));
        for end in 0..10 {
            assert_eq!(read(text.slice(..end)), Err("it is cut short"), "{end}");
        }
        let with = |at: usize, byte: u8| {
            let mut bytes = text.to_vec();
            bytes[at] = byte;
            read(bytes.into()).unwrap_err()
        };
        assert_eq!(with(0, 2), "it is of another version");
        assert_eq!(with(1, 9), "it is of an unknown kind");
        assert_eq!(with(1, 2), "it is cut short");
        assert_eq!(with(10, 0xff), "its text is not UTF-8");
    }
}
