//! Who sits in a room, by numbers that are one of a kind on all machines.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::process;
use std::str::FromStr;
use std::time::SystemTime;

/// One hub of one process: a number drawn at random when the hub is made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u64);

impl NodeId {
    /// Draws a number. It tells hubs apart and is no secret, so the seeds of the standard library do.
    pub(super) fn random() -> Self {
        Self(RandomState::new().hash_one((SystemTime::now(), process::id())))
    }

    #[cfg(feature = "json")]
    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    #[cfg(feature = "json")]
    pub(super) const fn to_bits(self) -> u64 {
        self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

/// A seat in a room. Later seats of one hub have greater numbers; no two seats of any hubs have the same.
///
/// As text, and as JSON, it is the hub's number and the seat's: `5f0c3a9be2d41760-12`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId {
    node: NodeId,
    number: u64,
}

impl MemberId {
    pub(super) const fn new(node: NodeId, number: u64) -> Self {
        Self { node, number }
    }

    /// The hub that gave the seat.
    #[must_use]
    pub const fn node(self) -> NodeId {
        self.node
    }

    #[cfg(feature = "json")]
    pub(super) const fn number(self) -> u64 {
        self.number
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.node, self.number)
    }
}

impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemberId({self})")
    }
}

/// A text that is no [`MemberId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseMemberIdError(());

impl fmt::Display for ParseMemberIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member is 16 hexadecimal digits, a hyphen and a number")
    }
}

impl std::error::Error for ParseMemberIdError {}

impl FromStr for MemberId {
    type Err = ParseMemberIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (node, number) = text.split_once('-').ok_or(ParseMemberIdError(()))?;
        if node.len() != 16 || number.starts_with('+') {
            return Err(ParseMemberIdError(()));
        }
        let node = u64::from_str_radix(node, 16).map_err(|_| ParseMemberIdError(()))?;
        let number = number.parse().map_err(|_| ParseMemberIdError(()))?;
        Ok(Self { node: NodeId(node), number })
    }
}

#[cfg(feature = "json")]
impl serde::Serialize for MemberId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A member as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Member<P> {
    /// The seat.
    pub id: MemberId,
    /// What the member shows of itself.
    pub presence: P,
}

#[cfg(test)]
mod tests {
    use super::{MemberId, NodeId};

    #[test]
    fn ids_are_read_as_they_are_written() {
        let id = MemberId::new(NodeId(0xab), 12);
        assert_eq!(id.to_string(), "00000000000000ab-12");
        assert_eq!("00000000000000ab-12".parse(), Ok(id));
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "-",
            "ab-1",
            "00000000000000ab",
            "00000000000000ab-",
            "00000000000000ab-+1",
            "+0000000000000ab-1x",
        ] {
            assert!(text.parse::<MemberId>().is_err(), "{text}");
        }
    }

    #[test]
    fn hubs_have_numbers_of_their_own() {
        assert_ne!(NodeId::random(), NodeId::random());
    }
}
