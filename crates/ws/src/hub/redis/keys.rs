//! The names of what stands in Redis.
//!
//! | name | what |
//! |---|---|
//! | `PREFIXroom:ROOM` | channel: the envelopes of a room |
//! | `PREFIXsession:SESSION` | text with an expiry: this connection of a hub is alive |
//! | `PREFIXpresence:ROOM` | hash: `SESSION:MEMBER` to the JSON of a presence; counts as long as the session is alive |
//!
//! A hub has a new session with each connection, so whatever an earlier one left behind counts no more.

use std::fmt;
use std::str::FromStr;

use super::super::member::{MemberId, NodeId};

/// One connection of a hub, by a number drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SessionId(u64);

impl SessionId {
    pub(super) fn random() -> Self {
        Self(NodeId::random().to_bits())
    }

    /// The number as a part of the greatest one: chance, for waits.
    pub(super) fn fraction(self) -> f64 {
        f64::from(u16::try_from(self.0 >> 48).unwrap_or(u16::MAX)) / f64::from(u16::MAX)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    pub(super) fn channel(&self, room: &str) -> String {
        format!("{}room:{room}", self.prefix)
    }

    /// The room of a channel.
    pub(super) fn room<'a>(&self, channel: &'a [u8]) -> Option<&'a str> {
        let room = channel.strip_prefix(self.prefix.as_bytes())?.strip_prefix(b"room:")?;
        std::str::from_utf8(room).ok()
    }

    pub(super) fn session(&self, session: SessionId) -> String {
        format!("{}session:{session}", self.prefix)
    }

    pub(super) fn presence(&self, room: &str) -> String {
        format!("{}presence:{room}", self.prefix)
    }
}

/// A field of a presence hash.
pub(super) fn field(session: SessionId, member: MemberId) -> String {
    format!("{session}:{member}")
}

pub(super) fn read_field(field: &str) -> Option<(SessionId, MemberId)> {
    let (session, member) = field.split_once(':')?;
    let session = u64::from_str_radix(session, 16).ok()?;
    Some((SessionId(session), MemberId::from_str(member).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Keys, MemberId, NodeId, SessionId, field, read_field};

    #[test]
    fn rooms_are_found_in_the_names_of_channels() {
        let keys = Keys::new("app:");
        for room in ["lobby", "", "a:b", "grüß"] {
            assert_eq!(keys.room(keys.channel(room).as_bytes()), Some(room));
        }
        assert_eq!(keys.room(b"app:presence:lobby"), None);
        assert_eq!(keys.room(b"other:room:lobby"), None);
        assert_eq!(keys.room(b"app:room:\xff"), None);
    }

    #[test]
    fn fields_are_read_as_they_are_written() {
        let (session, member) = (SessionId(7), MemberId::new(NodeId::from_bits(9), 3));
        assert_eq!(field(session, member), "0000000000000007:0000000000000009-3");
        assert_eq!(read_field(&field(session, member)), Some((session, member)));
        assert_eq!(read_field("else"), None);
        assert_eq!(read_field("7:else"), None);
    }
}
