//! How a hub uses Redis.

use std::time::Duration;

/// How a hub uses Redis; [`Default`] suits most.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct RedisOptions {
    /// What the names of all channels and keys begin with. Hubs see each other if their prefixes are equal; Redis'
    /// numbered databases do not keep channels apart. `hyperserve:` by default.
    pub prefix: String,
    /// Bytes that may wait to be published. What does not fit is not published, and counted
    /// ([`HubStats::unpublished`](crate::hub::HubStats)). 8 MiB by default.
    pub queue_bytes: usize,
    /// Time for one try to connect. 5 s by default.
    pub connect_timeout: Duration,
    /// Time for Redis to answer; without an answer the connection is given up and made anew. 5 s by default.
    pub timeout: Duration,
    /// Time after which the members of a machine that died are gone. A third of it lies between two signs of life, and
    /// it is never less than 300 ms. 24 s by default.
    pub presence_ttl: Duration,
    /// Whether [`Redis::connect`](super::Redis::connect) returns at once and connects in the background, so that a
    /// server starts without its Redis. Off by default.
    pub lazy: bool,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            prefix: "hyperserve:".to_owned(),
            queue_bytes: 8 * 1024 * 1024,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(5),
            presence_ttl: Duration::from_secs(24),
            lazy: false,
        }
    }
}

impl RedisOptions {
    /// Sets what the names of channels and keys begin with.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how many bytes may wait to be published.
    pub const fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// Sets how long one try to connect may take.
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long Redis may take to answer.
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets after which time the members of a machine that died are gone.
    pub const fn with_presence_ttl(mut self, ttl: Duration) -> Self {
        self.presence_ttl = ttl;
        self
    }

    /// Sets whether the connection is made in the background from the start.
    pub const fn with_lazy(mut self, lazy: bool) -> Self {
        self.lazy = lazy;
        self
    }

    /// Milliseconds, for Redis.
    pub(super) fn ttl_millis(&self) -> u64 {
        u64::try_from(self.presence_ttl.as_millis()).unwrap_or(u64::MAX).clamp(300, 1 << 40)
    }

    pub(super) fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.ttl_millis() / 3)
    }
}
