//! Why a WebSocket closes: [`CloseCode`] and [`CloseFrame`] (RFC 6455 §7.4).

use crate::Utf8Bytes;
use std::fmt;

/// The bytes a reason may have: a control frame's 125 less the code's two (RFC 6455 §5.5).
const MAX_REASON: usize = 123;

/// The number in a Close frame (RFC 6455 §7.4.1, and IANA's registry).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The server goes down, or the browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that is not taken.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// Never on the wire: a Close frame without a code came.
    pub const NO_STATUS: Self = Self(1005);
    /// Never on the wire: the connection ended without a Close frame.
    pub const ABNORMAL: Self = Self(1006);
    /// Data that contradicts its type, such as text that is no UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// The peer broke a rule of the application.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// A message or frame over the limit.
    pub const TOO_LARGE: Self = Self(1009);
    /// The client needs an extension that the server did not agree to.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// The server failed.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The server starts again; come back.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// The server is overloaded, or this client too slow; come back later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);

    /// Whether it may stand in a Close frame.
    #[must_use]
    pub const fn is_sendable(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A Close frame: the code, and a reason for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    /// [`CloseCode::NO_STATUS`] if the frame had none.
    pub code: CloseCode,
    /// At most 123 bytes.
    pub reason: Utf8Bytes,
}

impl CloseFrame {
    /// A frame with this code and reason; of a longer reason the first 123 bytes, cut between characters, are kept. A code
    /// that must not be sent becomes 1011.
    pub fn new(code: CloseCode, reason: impl Into<Utf8Bytes>) -> Self {
        let mut reason = reason.into();
        if reason.len() > MAX_REASON {
            let end = (0..=MAX_REASON).rev().find(|&at| reason.is_char_boundary(at)).unwrap_or(0);
            reason = Utf8Bytes::from(&reason[..end]);
        }
        Self { code: if code.is_sendable() { code } else { CloseCode::INTERNAL_ERROR }, reason }
    }

    /// Reads a Close frame's payload.
    pub(crate) fn read(payload: &[u8]) -> Result<Self, crate::Error> {
        let Some((code, reason)) = payload.split_first_chunk() else {
            return match payload {
                [] => Ok(Self { code: CloseCode::NO_STATUS, reason: Utf8Bytes::new() }),
                _ => Err(crate::Error::Protocol("a Close frame of one byte")),
            };
        };
        let code = CloseCode(u16::from_be_bytes(*code));
        if !code.is_sendable() {
            return Err(crate::Error::Protocol("a close code that must not be sent"));
        }
        let reason = std::str::from_utf8(reason).map_err(|_| crate::Error::InvalidUtf8)?;
        Ok(Self { code, reason: reason.into() })
    }

    /// The payload of a Close frame that says this.
    pub(crate) fn payload(&self) -> Vec<u8> {
        match self.code {
            CloseCode::NO_STATUS => Vec::new(),
            CloseCode(code) => [&code.to_be_bytes()[..], self.reason.as_bytes()].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let frame = CloseFrame::new(CloseCode::NORMAL, "ü".repeat(100));
        assert_eq!(frame.reason.len(), 122);
        assert!(frame.payload().len() <= 125);
        assert_eq!(CloseFrame::new(CloseCode(1006), "").code, CloseCode::INTERNAL_ERROR);
    }

    #[test]
    fn payloads_are_read_back() {
        let frame = CloseFrame::new(CloseCode(4000), "gone fishing");
        assert_eq!(CloseFrame::read(&frame.payload()).unwrap(), frame);
        let none = CloseFrame::read(b"").unwrap();
        assert_eq!((none.code, none.payload()), (CloseCode::NO_STATUS, Vec::new()));
        for bad in [&b"\x03"[..], b"\x03\xed", b"\x00\x01", b"\x13\x88", b"\x03\xe8\xff"] {
            CloseFrame::read(bad).unwrap_err();
        }
    }
}
