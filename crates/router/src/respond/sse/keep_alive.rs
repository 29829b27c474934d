//! [`KeepAlive`]: comments that keep a quiet event stream from being taken for a dead one.

use std::time::Duration;

use bytes::Bytes;

use super::Event;

/// How a quiet stream is kept alive: a comment after every interval without an event (WHATWG HTML §9.2.7).
///
/// ```
/// use std::time::Duration;
/// use hyperserve_router::KeepAlive;
///
/// let keep_alive = KeepAlive::new().with_interval(Duration::from_secs(30)).with_text("still here");
/// assert_eq!(keep_alive.interval(), Duration::from_secs(30));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct KeepAlive {
    interval: Duration,
    comment: Bytes,
}

impl KeepAlive {
    /// An empty comment every 15 seconds.
    pub const fn new() -> Self {
        Self { interval: Duration::from_secs(15), comment: Bytes::from_static(b":\n\n") }
    }

    /// Sets how long the stream may be quiet before a comment is sent; zero: for ever.
    pub const fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets the text of the comment.
    pub fn with_text(mut self, text: impl AsRef<str>) -> Self {
        self.comment = Event::new().comment(text).into_bytes();
        self
    }

    /// How long the stream may be quiet before a comment is sent; zero: for ever.
    #[must_use]
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    pub(super) fn comment(&self) -> Bytes {
        self.comment.clone()
    }
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self::new()
    }
}
