//! Every bound the server sets, each with a safe default, one configuration name and a test that trips it.
//!
//! The table is written once, below; the struct, its defaults, [`Limits::set`] and [`Limits::entries`] come from it.

mod value;

pub use self::value::LimitError;
use self::value::LimitValue;
use hyperserve_core::{
    Compression, ConnInfo, DEFAULT_BODY_LIMIT, DEFAULT_FORM_FIELDS, MultipartLimits, Origins, RequestContext,
    WebSocketConfig,
};
use std::sync::Arc;
use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * 1024;

const WEBSOCKET: WebSocketConfig = WebSocketConfig::DEFAULT;
const COMPRESSION: Compression = Compression::DEFAULT;

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// One row of the table that [`Limits::entries`] lists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitEntry {
    /// Configuration name, as [`Limits::set`] takes it.
    pub name: &'static str,
    /// What it bounds, one or more sentences.
    pub about: &'static str,
    /// The value in force, in the form [`Limits::set`] takes.
    pub value: String,
}

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ty = $default:expr;)+) => {
        /// The bounds of a server. See the [crate documentation](crate#limits) for how they work together.
        ///
        /// A duration or a count of zero switches its bound off.
        ///
        /// ```
        /// use hyperserve_server::Limits;
        /// use std::time::Duration;
        ///
        /// let mut limits = Limits::default();
        /// limits.set("head_timeout", "5s")?;
        /// limits.set("body_limit", "16MiB")?;
        /// assert_eq!(limits.head_timeout, Duration::from_secs(5));
        ///
        /// let error = limits.set("head_timout", "5s").unwrap_err();
        /// assert_eq!(error.to_string(), "there is no limit `head_timout`; did you mean `head_timeout`?");
        /// # Ok::<(), hyperserve_server::LimitError>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: $kind,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Sets one bound by its configuration name.
            ///
            /// Durations are written `30s`, `500ms`, `2m`, `1h`; sizes `8192`, `64KiB`, `2MiB`; lists with commas.
            /// `0`, `off` and `false` switch a bound off.
            ///
            /// # Errors
            ///
            /// An unknown name (the error says which known one is nearest) or a value that cannot be read.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
                match name {
                    $(stringify!($name) => {
                        self.$name = LimitValue::read(value)
                            .map_err(|expected| LimitError::value(stringify!($name), value, expected))?;
                    })+
                    _ => return Err(LimitError::name(name, Self::NAMES)),
                }
                Ok(())
            }

            /// Lists every bound with its meaning and the value in force.
            #[must_use]
            pub fn entries(&self) -> Vec<LimitEntry> {
                vec![$(LimitEntry {
                    name: stringify!($name),
                    about: concat!($($doc),+).trim(),
                    value: LimitValue::show(&self.$name),
                }),+]
            }
        }
    };
}

limits! {
    /// Time from accepting a connection to its first complete request head, and from the first byte of a later head
    /// to its end; on HTTP/2, for the preface and for a header block. Answered with 408 once a head has begun.
    head_timeout: Duration = secs(10);
    /// Time for a TLS handshake, and for a PROXY protocol header.
    handshake_timeout: Duration = secs(10);
    /// Time a connection may stay idle between requests; on HTTP/2, with no stream open.
    keep_alive_timeout: Duration = secs(75);
    /// Time without a byte of a request body that is being read; the body then fails, which extractors answer with 408.
    body_idle_timeout: Duration = secs(30);
    /// Bytes a second that a request body must bring on average while it is read, after a first `body_idle_timeout`; a slower
    /// one fails as a silent one does.
    body_min_rate: usize = 240;
    /// Time for a whole request body, of which only the waiting for it counts; then it fails as above. Off by default, since it
    /// depends on how much a client has to send: `body_min_rate` bounds that.
    body_timeout: Duration = secs(0);
    /// Time without progress while the peer does not read a response; the connection (HTTP/2: the stream) is reset.
    write_stall_timeout: Duration = secs(30);
    /// Bytes a second that a peer must take on average while a response waits for it, after a first `write_stall_timeout`.
    /// On HTTP/2 the connection is measured, not each stream.
    write_min_rate: usize = 240;
    /// Time an early answer's connection stays open to drain what the peer still sends.
    linger_timeout: Duration = secs(2);
    /// Bytes of a request head (HTTP/1), request line included. More: 431. At least 8192.
    max_head: usize = 64 * KIB;
    /// Fields of a request head (HTTP/1). More: 431. At most 100.
    max_headers: usize = 100;
    /// Bytes of a request target. More: 414.
    max_target: usize = 8 * KIB;
    /// Bytes of one chunk-size line with its extensions, and of a trailer section (HTTP/1). More: 400.
    max_chunk_line: usize = 16 * KIB;
    /// Bytes of a request body that are drained after an early answer before the connection closes.
    max_linger: usize = 64 * KIB;
    /// Bytes of a request body that extractors collect. More: 413. Streaming handlers set their own bound.
    body_limit: usize = DEFAULT_BODY_LIMIT;
    /// Fields of a form that an extractor reads. More: 413.
    form_max_fields: usize = DEFAULT_FORM_FIELDS;
    /// Parts of a multipart body. More: 413.
    multipart_max_parts: usize = MultipartLimits::DEFAULT.parts;
    /// Bytes of one part of a multipart body that an extractor collects. More: 413. A part that is streamed has no bound but
    /// that of the body.
    multipart_max_field: usize = MultipartLimits::DEFAULT.field;
    /// Bytes of one part of a multipart body that are kept in memory when it is spooled. More: a temporary file. When off, every
    /// part goes to one.
    multipart_spool_threshold: usize = MultipartLimits::DEFAULT.spool_threshold;
    /// Methods known besides GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS and QUERY; `*` is all. Any other: 501.
    extra_methods: Vec<String> = Vec::new();
    /// Whether CONNECT reaches the application. When not: 400.
    allow_connect: bool = false;
    /// Whether a client that closes its sending side while a handler runs still gets the answer. When not, the
    /// handler is cancelled, as it is when a client goes away.
    half_close: bool = false;
    /// Whether the kernel sends files, without a copy (`sendfile`, Linux): over HTTP/1 without TLS. A file that is written to in
    /// place, rather than replaced, may then show through in what was sent before; see the guide on static files.
    sendfile: bool = false;
    /// Whether HTTP/2 without TLS is served to clients that start with its preface (prior knowledge).
    h2c: bool = true;
    /// Connections open at once on one worker. At the cap the worker stops accepting; the kernel's queue holds the rest.
    max_connections: usize = 10_000;
    /// Connections open at once from one address (IPv6: one /64). More are closed at once. Off by default.
    max_connections_per_ip: usize = 0;
    /// Requests answered on one connection before it is closed. Off by default.
    max_requests_per_connection: usize = 0;
    /// HTTP/2: streams open at once on one connection.
    h2_max_streams: u32 = 128;
    /// HTTP/2: bytes of a decoded header list.
    h2_max_header_list: u32 = 16 * KIB as u32;
    /// HTTP/2: streams reset by the peer before they were accepted (rapid reset, CVE-2023-44487).
    h2_max_pending_resets: usize = 20;
    /// HTTP/2: streams that the peer made this server reset (MadeYouReset, CVE-2025-8671).
    h2_max_local_resets: usize = 1000;
    /// HTTP/2: frames without a request or data (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, unknown) a second, averaged over
    /// ten seconds, on top of four for each request and each data frame.
    h2_max_control_frames: u32 = 1000;
    /// HTTP/2: time between keep-alive pings.
    h2_ping_interval: Duration = secs(30);
    /// HTTP/2: time for the answer to a ping.
    h2_ping_timeout: Duration = secs(20);
    /// HTTP/2: bytes of one stream's response that may wait for the peer's window.
    h2_send_buffer: usize = 64 * KIB;
    /// HTTP/2: receive window of a stream, bytes.
    h2_stream_window: u32 = MIB as u32;
    /// HTTP/2: receive window of a connection, bytes.
    h2_connection_window: u32 = 2 * MIB as u32;
    /// WebSocket: bytes of one message, put together and inflated. More: closed with 1009.
    ws_max_message: usize = WEBSOCKET.max_message;
    /// WebSocket: bytes of one frame. More: closed with 1009 before they are read.
    ws_max_frame: usize = WEBSOCKET.max_frame;
    /// WebSocket: bytes that one read takes at most. The buffer belongs to the worker, not to the socket.
    ws_read_buffer: usize = WEBSOCKET.read_buffer;
    /// WebSocket: bytes that may wait to be written before sending waits for the peer.
    ws_write_buffer: usize = WEBSOCKET.write_buffer;
    /// WebSocket: messages from other tasks, rooms included, that may wait in one socket's queue.
    ws_queue: usize = WEBSOCKET.queue;
    /// WebSocket: silence after which the peer is pinged; a ping goes out between once and twice this time after its last byte.
    ws_ping_interval: Duration = WEBSOCKET.ping_interval;
    /// WebSocket: time for any byte to come after a ping; without one the connection is lost.
    ws_pong_timeout: Duration = WEBSOCKET.pong_timeout;
    /// WebSocket: time without a message either way after which the socket is closed with 1000. Off by default.
    ws_idle_timeout: Duration = WEBSOCKET.idle_timeout;
    /// WebSocket: time for the peer's half of the closing handshake.
    ws_close_timeout: Duration = WEBSOCKET.close_timeout;
    /// WebSocket: time without progress while the peer does not read.
    ws_write_timeout: Duration = WEBSOCKET.write_timeout;
    /// WebSocket: whether `permessage-deflate` is agreed to.
    ws_compression: bool = true;
    /// WebSocket: how hard messages are compressed, 1 (fastest, as when off) to 9 (smallest).
    ws_compression_level: u32 = COMPRESSION.level;
    /// WebSocket: bytes below which a message goes out as it is.
    ws_compression_min_size: usize = COMPRESSION.min_size;
    /// WebSocket: whether both sides may keep what they sent as a dictionary: smaller messages, up to 300 KiB a socket.
    ws_compression_takeover: bool = COMPRESSION.server_takeover;
    /// WebSocket: window of either side's compressor, 9 to 15: two to this power bytes. When off, 15.
    ws_compression_window: u32 = COMPRESSION.server_window_bits as u32;
    /// WebSocket: origins of the pages that may connect, such as `https://app.example, https://*.app.example`; empty for pages
    /// of the host that the request names, `*` for every page.
    ws_origins: Origins = Origins::SameOrigin;
    /// Time from the signal to stop until the listeners close: readiness is already withdrawn, so that a load balancer
    /// can move on.
    drain_delay: Duration = secs(0);
    /// Time from closing the listeners until what is still open is cut.
    drain_deadline: Duration = secs(30);
    /// While draining, time an idle keep-alive connection is kept for a request that is already on its way.
    drain_idle_grace: Duration = Duration::from_millis(500);
}

impl Limits {
    /// What bounds WebSockets, made of the limits named `ws_*`.
    pub fn websocket(&self) -> WebSocketConfig {
        let window = match self.ws_compression_window {
            0 => COMPRESSION.server_window_bits,
            bits => u8::try_from(bits).unwrap_or(u8::MAX),
        };
        let compression = Compression::default()
            .with_level(self.ws_compression_level)
            .with_min_size(self.ws_compression_min_size)
            .with_server_takeover(self.ws_compression_takeover)
            .with_client_takeover(self.ws_compression_takeover)
            .with_server_window_bits(window)
            .with_client_window_bits(window);
        WebSocketConfig::default()
            .with_max_message(bound(self.ws_max_message))
            .with_max_frame(bound(self.ws_max_frame))
            .with_read_buffer(self.ws_read_buffer)
            .with_write_buffer(bound(self.ws_write_buffer))
            .with_queue(bound(self.ws_queue))
            .with_ping_interval(self.ws_ping_interval)
            .with_pong_timeout(self.ws_pong_timeout)
            .with_idle_timeout(self.ws_idle_timeout)
            .with_close_timeout(self.ws_close_timeout)
            .with_write_timeout(self.ws_write_timeout)
            .with_compression(self.ws_compression.then_some(compression))
            .with_origins(self.ws_origins.clone())
    }

    /// The context of a request that comes over this connection, with the limits that extractors keep.
    pub fn request_context(&self, conn: Arc<ConnInfo>) -> RequestContext {
        let multipart = MultipartLimits::default()
            .with_parts(bound(self.multipart_max_parts))
            .with_field(bound(self.multipart_max_field))
            .with_spool_threshold(self.multipart_spool_threshold);
        RequestContext::new(conn)
            .with_body_limit(bound(self.body_limit))
            .with_form_fields(bound(self.form_max_fields))
            .with_multipart(multipart)
    }
}

/// Zero is no bound.
const fn bound(limit: usize) -> usize {
    if limit == 0 { usize::MAX } else { limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_reads_back_what_it_shows() {
        let defaults = Limits::default();
        let mut copy = Limits { head_timeout: secs(1), ..Limits::default() };
        for entry in defaults.entries() {
            copy.set(entry.name, &entry.value).unwrap();
        }
        assert_eq!(copy, defaults);
    }

    #[test]
    fn values_are_read_in_their_units() {
        let mut limits = Limits::default();
        limits.set("keep_alive_timeout", "1500ms").unwrap();
        limits.set("max_head", "16KiB").unwrap();
        limits.set("write_stall_timeout", "off").unwrap();
        limits.set("extra_methods", "PROPFIND, MKCOL").unwrap();
        limits.set("h2c", "false").unwrap();
        assert_eq!(limits.keep_alive_timeout, Duration::from_millis(1500));
        assert_eq!(limits.max_head, 16 * 1024);
        assert_eq!(limits.write_stall_timeout, Duration::ZERO);
        assert_eq!(limits.extra_methods, ["PROPFIND", "MKCOL"]);
        assert!(!limits.h2c);
    }

    #[test]
    fn a_bad_value_says_what_was_expected() {
        let mut limits = Limits::default();
        let error = limits.set("head_timeout", "soon").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`soon` is no value for `head_timeout`: expected a duration such as 30s or 500ms"
        );
        let error = limits.set("max_head", "-1").unwrap_err();
        assert!(error.to_string().contains("a size such as 64KiB or 2MiB"), "{error}");
    }
}
