//! How a socket ended, as the application hears of it in `websocket.disconnect`.

use hyperserve_ws::{CloseCode, CloseFrame, Error, Utf8Bytes};

/// The code and the reason of a disconnect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Departure {
    pub(super) code: CloseCode,
    pub(super) reason: Utf8Bytes,
}

impl Departure {
    pub(super) const fn new(code: CloseCode, reason: Utf8Bytes) -> Self {
        Self { code, reason }
    }

    /// The client vanished, or there never was a socket.
    pub(super) const fn lost() -> Self {
        Self::new(CloseCode::ABNORMAL, Utf8Bytes::new())
    }

    /// The connection came to its end: by the client's Close frame, or by ours, which a server that goes down sends.
    pub(super) fn closed(peer: Option<&CloseFrame>, is_going_down: bool) -> Self {
        match peer {
            Some(frame) => Self::new(frame.code, frame.reason.clone()),
            None if is_going_down => Self::new(CloseCode::GOING_AWAY, Utf8Bytes::new()),
            None => Self::lost(),
        }
    }
}

/// What the client was told, if there was a way to; otherwise it vanished.
impl From<&Error> for Departure {
    fn from(error: &Error) -> Self {
        match error.close_code() {
            Some(code) => Self::new(code, error.to_string().into()),
            None => Self::lost(),
        }
    }
}
