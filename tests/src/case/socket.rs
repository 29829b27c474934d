//! The steps of a WebSocket: frames that the client sends, right or wrong, and messages that must come back.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, de::Error as _};

use super::notation::{Bytes, Hex, time};
use crate::Fault;

/// A frame's opcode (RFC 6455 §5.2), written by name or, where it has none, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opcode(pub u8);

impl Opcode {
    /// Goes on with a message.
    pub const CONTINUE: Self = Self(0x0);
    /// Text.
    pub const TEXT: Self = Self(0x1);
    /// Bytes.
    pub const BINARY: Self = Self(0x2);
    /// The closing handshake.
    pub const CLOSE: Self = Self(0x8);
    /// Asks for a pong.
    pub const PING: Self = Self(0x9);
    /// Answers a ping.
    pub const PONG: Self = Self(0xA);

    const NAMES: [(&'static str, Self); 6] = [
        ("continue", Self::CONTINUE),
        ("text", Self::TEXT),
        ("binary", Self::BINARY),
        ("close", Self::CLOSE),
        ("ping", Self::PING),
        ("pong", Self::PONG),
    ];

    /// Whether it is a control frame's (RFC 6455 §5.5).
    #[must_use]
    pub fn is_control(self) -> bool {
        self.0 >= Self::CLOSE.0
    }

    /// Whether RFC 6455 gives it a meaning.
    #[must_use]
    pub fn is_known(self) -> bool {
        Self::NAMES.iter().any(|(_, known)| *known == self)
    }

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, opcode)| *opcode)
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(_, known)| known == self) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "opcode {:#x}", self.0),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Number(u8),
}

impl<'de> Deserialize<'de> for Opcode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let opcode = match Written::deserialize(from)? {
            Written::Name(name) => Self::named(&name),
            Written::Number(number) => Some(Self(number)).filter(|_| number < 16),
        };
        opcode.ok_or_else(|| {
            D::Error::custom("an opcode is continue, text, binary, close, ping, pong or 0 to 15")
        })
    }
}

/// A frame of the client, with anything in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentFrame {
    /// The opcode.
    pub op: Opcode,
    /// Whether the message ends with it; `true` if left out.
    #[serde(default = "yes")]
    pub fin: bool,
    /// The first reserved bit; if left out, whether the payload is compressed.
    #[serde(default)]
    pub rsv1: Option<bool>,
    /// The second reserved bit.
    #[serde(default)]
    pub rsv2: bool,
    /// The third reserved bit.
    #[serde(default)]
    pub rsv3: bool,
    /// The status code before the payload, in a close frame.
    #[serde(default)]
    pub code: Option<u16>,
    /// The payload.
    #[serde(default)]
    pub text: Option<Bytes>,
    /// The payload in hexadecimal digits.
    #[serde(default)]
    pub hex: Option<Hex>,
    /// The payload is this, compressed by itself (RFC 7692 §7.2.1).
    #[serde(default)]
    pub deflate: Option<Bytes>,
    /// The masking key; 37fa213d if left out.
    #[serde(default)]
    pub key: Option<Hex>,
    /// The payload is not masked.
    #[serde(default)]
    pub unmasked: bool,
    /// How many bits the length takes, 7, 16 or 64, when that is not the least.
    #[serde(default)]
    pub length_bits: Option<u8>,
    /// The length that the head says, when it is not the payload's.
    #[serde(default)]
    pub claims: Option<u64>,
    /// The frame is written byte by byte with this wait between two.
    #[serde(default, deserialize_with = "time")]
    pub every: Option<Duration>,
}

impl SentFrame {
    pub(super) fn check(&self) -> Result<(), Fault> {
        let wrong = |what: &str| Err(Fault::new(format!("a {} frame has {what}", self.op)));
        let payloads = [self.text.is_some(), self.hex.is_some(), self.deflate.is_some()];
        if payloads.into_iter().filter(|there| *there).count() > 1 {
            return wrong("more than one of `text`, `hex` and `deflate`");
        }
        if self.key.as_ref().is_some_and(|key| self.unmasked || key.0.len() != 4) {
            return wrong("a masking key that is not of four bytes, or is not used");
        }
        if self.length_bits.is_some_and(|bits| ![7, 16, 64].contains(&bits)) {
            return wrong("a length of neither 7, 16 nor 64 bits");
        }
        Ok(())
    }
}

fn yes() -> bool {
    true
}

/// The next message or control frame of the server; what is not named is free.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Awaited {
    /// The opcode.
    pub op: Opcode,
    /// The whole message, inflated; the payload of a ping or pong; the reason of a close.
    #[serde(default)]
    pub text: Option<Bytes>,
    /// The same in hexadecimal digits.
    #[serde(default)]
    pub hex: Option<Hex>,
    /// Texts that the message holds.
    #[serde(default)]
    pub contains: Vec<Bytes>,
    /// How many bytes the message has, inflated.
    #[serde(default)]
    pub length: Option<usize>,
    /// The status code of a close; 1005 stands for none (RFC 6455 §7.1.5).
    #[serde(default)]
    pub code: Option<u16>,
    /// Whether it came compressed.
    #[serde(default)]
    pub compressed: Option<bool>,
    /// The most bytes that its payload has on the wire.
    #[serde(default)]
    pub at_most: Option<usize>,
    /// It must not be complete earlier than this after the connection was opened.
    #[serde(default, deserialize_with = "time")]
    pub after: Option<Duration>,
    /// It must be complete by this time after the connection was opened.
    #[serde(default, deserialize_with = "time")]
    pub within: Option<Duration>,
}

impl Awaited {
    pub(super) fn check(&self) -> Result<(), Fault> {
        let wrong = |what: &str| Err(Fault::new(format!("an awaited {} has {what}", self.op)));
        if !self.op.is_known() || self.op == Opcode::CONTINUE {
            return wrong("an opcode that no message begins with");
        }
        if self.code.is_some() != (self.op == Opcode::CLOSE) {
            return wrong("a code and is no close, or none and is one");
        }
        if self.text.is_some() && self.hex.is_some() {
            return wrong("both `text` and `hex`");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told() {
        let frame = |text: &str| {
            let frame: Result<SentFrame, _> = toml::from_str(text);
            frame
                .map_err(|error| error.to_string())
                .and_then(|it| it.check().map_err(|fault| fault.to_string()))
        };
        assert_eq!(frame("op='text'\ntext='a'"), Ok(()));
        assert_eq!(frame("op=3\nclaims=9\nlength_bits=64\nhex='0aFF'\nkey='00000000'"), Ok(()));
        for slip in [
            "op='words'",
            "op=16",
            "op='text'\ntext='a'\nhex='00'",
            "op='text'\nhex='0'",
            "op='text'\nhex='zz'",
            "op='text'\nkey='00'",
            "op='text'\nkey='00000000'\nunmasked=true",
            "op='text'\nlength_bits=8",
            "op='text'\nunknown=1",
        ] {
            assert!(frame(slip).is_err(), "{slip}");
        }
    }

    #[test]
    fn what_is_awaited_can_come() {
        let awaited = |text: &str| {
            let awaited: Result<Awaited, _> = toml::from_str(text);
            awaited.is_ok_and(|it| it.check().is_ok())
        };
        assert!(awaited("op='close'\ncode=1000") && awaited("op='text'\ntext='a'"));
        for slip in
            ["op='close'", "op='text'\ncode=1000", "op='continue'", "op=3", "op='text'\ntext=''\nhex=''"]
        {
            assert!(!awaited(slip), "{slip}");
        }
    }
}
