//! What bounds a WebSocket: settings that a server hands out and the crate `hyperserve-ws` keeps.

use std::time::Duration;

use crate::origin::OriginPattern;

const KIB: usize = 1024;

macro_rules! setters {
    ($($(#[doc = $doc:literal])+ $with:ident $field:ident: $kind:ty;)+) => {$(
        $(#[doc = $doc])+
        pub fn $with(mut self, $field: $kind) -> Self {
            self.$field = $field;
            self
        }
    )+};
}

/// The bounds and habits of a WebSocket. A duration of zero switches its bound off; `usize::MAX` lifts a size.
///
/// ```
/// use hyperserve_core::WebSocketConfig;
///
/// let config = WebSocketConfig::default().with_max_message(64 * 1024).with_compression(None);
/// assert_eq!(config.ping_interval.as_secs(), 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct WebSocketConfig {
    /// Bytes of one message, once it is put together and inflated. More ends the connection with 1009. 1 MiB by default.
    pub max_message: usize,
    /// Bytes of one frame. More ends the connection with 1009 before they are read. 1 MiB by default.
    pub max_frame: usize,
    /// Bytes that one read takes at most. The buffer belongs to the thread, not to the socket: one that waits has none. 64 KiB by
    /// default, at least 4 KiB.
    pub read_buffer: usize,
    /// Bytes that may wait to be written before sending waits for the peer. 128 KiB by default.
    pub write_buffer: usize,
    /// Messages that may wait in a socket's queue for messages from other tasks. 256 by default.
    pub queue: usize,
    /// Silence after which the peer is pinged; a ping goes out between once and twice this time after the last byte.
    /// 20 s by default.
    pub ping_interval: Duration,
    /// Time for any byte to come after a ping; without one the connection is lost. 20 s by default.
    pub pong_timeout: Duration,
    /// Time without a message either way after which the connection is closed with 1000. Off by default.
    pub idle_timeout: Duration,
    /// Time for the peer's half of the closing handshake. 5 s by default.
    pub close_timeout: Duration,
    /// Time without progress while the peer does not read. 20 s by default.
    pub write_timeout: Duration,
    /// What may be agreed on of `permessage-deflate`; `None` for nothing.
    pub compression: Option<Compression>,
    /// Which pages may connect.
    pub origins: Origins,
}

impl Default for WebSocketConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl WebSocketConfig {
    /// What holds unless told otherwise.
    pub const DEFAULT: Self = Self {
        max_message: 1024 * KIB,
        max_frame: 1024 * KIB,
        read_buffer: 64 * KIB,
        write_buffer: 128 * KIB,
        queue: 256,
        ping_interval: Duration::from_secs(20),
        pong_timeout: Duration::from_secs(20),
        idle_timeout: Duration::ZERO,
        close_timeout: Duration::from_secs(5),
        write_timeout: Duration::from_secs(20),
        compression: Some(Compression::DEFAULT),
        origins: Origins::SameOrigin,
    };

    setters! {
        /// Sets how many bytes a message may have.
        with_max_message max_message: usize;
        /// Sets how many bytes a frame may have.
        with_max_frame max_frame: usize;
        /// Sets how many bytes one read takes.
        with_read_buffer read_buffer: usize;
        /// Sets how many bytes may wait to be written.
        with_write_buffer write_buffer: usize;
        /// Sets how many messages from other tasks may wait.
        with_queue queue: usize;
        /// Sets after which silence the peer is pinged.
        with_ping_interval ping_interval: Duration;
        /// Sets how long a pinged peer may stay silent.
        with_pong_timeout pong_timeout: Duration;
        /// Sets how long there may be no message.
        with_idle_timeout idle_timeout: Duration;
        /// Sets how long the peer may take to close.
        with_close_timeout close_timeout: Duration;
        /// Sets how long the peer may leave what is written unread.
        with_write_timeout write_timeout: Duration;
        /// Sets what may be agreed on of compression.
        with_compression compression: Option<Compression>;
        /// Sets which pages may connect.
        with_origins origins: Origins;
    }
}

/// `permessage-deflate` (RFC 7692): what this end offers or agrees to.
///
/// With takeover a side keeps what it has sent as a dictionary for what follows: smaller messages, at up to 300 KiB a
/// socket. Without, sockets share one compressor a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Compression {
    /// 1, the fastest, to 9, the smallest. 1 by default.
    pub level: u32,
    /// Messages of fewer bytes go out as they are. 256 by default.
    pub min_size: usize,
    /// Whether the server keeps its dictionary between messages. Off by default.
    pub server_takeover: bool,
    /// Whether the client keeps its dictionary between messages. Off by default.
    pub client_takeover: bool,
    /// The server's window, 9 to 15: two to this power bytes. 15 by default.
    pub server_window_bits: u8,
    /// The client's window, 9 to 15, asked for where the client lets itself be asked. 15 by default.
    pub client_window_bits: u8,
}

impl Default for Compression {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Compression {
    /// What holds unless told otherwise.
    pub const DEFAULT: Self = Self {
        level: 1,
        min_size: 256,
        server_takeover: false,
        client_takeover: false,
        server_window_bits: 15,
        client_window_bits: 15,
    };

    setters! {
        /// Sets the level, which is kept within 1 to 9.
        with_level level: u32;
        /// Sets how many bytes a message must have to be compressed.
        with_min_size min_size: usize;
        /// Sets whether the server keeps its dictionary.
        with_server_takeover server_takeover: bool;
        /// Sets whether the client keeps its dictionary.
        with_client_takeover client_takeover: bool;
        /// Sets the server's window, which is kept within 9 to 15.
        with_server_window_bits server_window_bits: u8;
        /// Sets the client's window, which is kept within 9 to 15.
        with_client_window_bits client_window_bits: u8;
    }
}

/// Which pages may open a WebSocket. A client that sends no `Origin` is no browser, and may always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origins {
    /// Pages of the host that the request itself names.
    #[default]
    SameOrigin,
    /// Pages of these origins: `https://app.example`, `https://*.app.example`, `http://localhost:*`, as an
    /// [`OriginPattern`](crate::origin::OriginPattern) is written. What is none covers nothing.
    List(Vec<String>),
    /// Every page: for services without cookies.
    Any,
}

impl Origins {
    /// Whether `text` can stand in [`Origins::List`]: an [`OriginPattern`](crate::origin::OriginPattern).
    #[must_use]
    pub fn is_pattern(text: &str) -> bool {
        text.parse::<OriginPattern>().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_origins() {
        for good in
            ["https://app.example", "http://localhost:3000", "https://*.app.example", "http://[::1]:80"]
        {
            assert!(Origins::is_pattern(good), "{good}");
        }
        for bad in ["app.example", "https://", "https://a/b", "https://a@b", "*", "https://a b", "://a"] {
            assert!(!Origins::is_pattern(bad), "{bad}");
        }
    }
}
