//! Both directions, and sockets that compress, as the fuzz targets see them; built for those alone (`cfg(fuzzing)`).

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::{Agreed, Deflater, InflateError, Inflater};
use crate::connection::{Connection, Terms, Transport};
use crate::{Role, WebSocket, WebSocketConfig};

/// A socket on which compression was agreed on, with or without context takeover.
pub fn compressed(
    io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    role: Role,
    config: impl Into<Arc<WebSocketConfig>>,
    takeover: bool,
) -> WebSocket {
    let agreed =
        Agreed { server_takeover: takeover, client_takeover: takeover, server_window: 15, client_window: 15 };
    let terms = Terms { agreed: Some(agreed), ..Terms::new(role, config.into()) };
    WebSocket::new(Connection::new(Transport::Other(Box::new(io)), terms), None)
}

/// The receiving direction.
#[derive(Debug)]
pub struct Inflate(Inflater);

impl Inflate {
    /// With or without context takeover.
    #[must_use]
    pub fn new(takeover: bool) -> Self {
        Self(Inflater::new(takeover))
    }

    /// One message of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Says whether the message is too large, or corrupt.
    pub fn inflate(&mut self, compressed: &[u8], limit: usize) -> Result<Vec<u8>, &'static str> {
        self.0.inflate(compressed, limit).map_err(|error| match error {
            InflateError::TooLarge => "too large",
            InflateError::Corrupt => "corrupt",
        })
    }
}

/// The sending direction.
#[derive(Debug)]
pub struct Deflate(Deflater);

impl Deflate {
    /// With or without context takeover, for a window and a level.
    #[must_use]
    pub fn new(takeover: bool, window: u8, level: u32) -> Self {
        Self(Deflater::new(takeover, window, level))
    }

    /// One message, compressed.
    #[must_use]
    pub fn deflate(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.0.deflate(payload, &mut out);
        out
    }

    /// Drops the context.
    pub fn forget(&mut self) {
        self.0.forget();
    }
}
