//! Why a hub gives no seat.

use std::error::Error;
use std::fmt;

use crate::CloseCode;

/// A seat that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinError {
    /// The room has as many members as [`Hub::with_max_members`](super::Hub::with_max_members) allows.
    RoomFull,
    /// The room would be one more than [`Hub::with_max_rooms`](super::Hub::with_max_rooms) allows.
    TooManyRooms,
    /// The room's name is longer than [`Hub::with_max_name`](super::Hub::with_max_name) allows.
    NameTooLong,
}

impl JoinError {
    /// What to close the socket with: 1013, as it may be otherwise later, or 1008 for a name that never will do.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::RoomFull | Self::TooManyRooms => CloseCode::TRY_AGAIN_LATER,
            Self::NameTooLong => CloseCode::POLICY_VIOLATION,
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RoomFull => "the room is full",
            Self::TooManyRooms => "there are too many rooms",
            Self::NameTooLong => "the room's name is too long",
        })
    }
}

impl Error for JoinError {}
