//! [`RedisOptions`]: which Redis, and what happens without it.

use std::fmt;
use std::time::Duration;

/// What becomes of requests while Redis is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenAway {
    /// They are counted in this process, with the same quotas: open towards clients, and not without limit. Each machine
    /// then gives the whole quota.
    #[default]
    CountHere,
    /// They are answered with 503 and `Retry-After: 1`.
    Refuse,
}

/// How a gate keeps its keys in Redis.
///
/// Gates of the same name and prefix are one gate, in whichever process they are; their quotas must be the same.
///
/// ```
/// use std::time::Duration;
/// use hyperserve_ratelimit::{RedisOptions, WhenAway};
///
/// let options = RedisOptions::new("redis://10.0.0.5:6379", "api")
///     .with_timeout(Duration::from_millis(20))
///     .with_when_away(WhenAway::Refuse);
/// ```
#[derive(Clone)]
#[must_use]
pub struct RedisOptions {
    pub(super) url: String,
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) when_away: WhenAway,
}

impl RedisOptions {
    /// The Redis at this address (`redis://[user][:password@]host[:port][/database]`, or `unix:path`), and the gate's name
    /// there.
    pub fn new(url: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            name: name.into(),
            prefix: "hyperserve:ratelimit:".to_owned(),
            timeout: Duration::from_millis(50),
            connect_timeout: Duration::from_secs(1),
            when_away: WhenAway::default(),
        }
    }

    /// Sets what the names of all keys begin with, before the gate's name. `hyperserve:ratelimit:` by default.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a request waits for Redis. 50 ms by default.
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long one try to connect may take. 1 s by default.
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets what becomes of requests while Redis is away. They are counted in this process by default.
    pub const fn with_when_away(mut self, when_away: WhenAway) -> Self {
        self.when_away = when_away;
        self
    }
}

/// Without the address: it may hold a password.
impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("name", &self.name)
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("when_away", &self.when_away)
            .finish_non_exhaustive()
    }
}
