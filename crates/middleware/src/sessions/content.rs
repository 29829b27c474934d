//! [`Content`]: what a session holds, and when it began.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

/// The data of a session and its times, in seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    pub(super) data: Map<String, Value>,
    /// When it began.
    pub(super) created: u64,
    /// When it was last saved.
    pub(super) saved: u64,
}

impl Content {
    pub(super) fn new() -> Self {
        Self { data: Map::new(), created: now(), saved: 0 }
    }

    /// When it ends unless it is saved again.
    pub(super) fn ends(&self, idle: Duration, absolute: Duration) -> u64 {
        let idle_end = self.saved.saturating_add(idle.as_secs());
        idle_end.min(self.created.saturating_add(absolute.as_secs()))
    }

    pub(super) fn is_alive(&self, idle: Duration, absolute: Duration) -> bool {
        // One that begins in the future was written by a clock that was wrong, or forged.
        self.ends(idle, absolute) > now() && self.created <= now().saturating_add(60)
    }

    /// Whether it is time to save it again although nothing has changed: a tenth of the idle time is over.
    pub(super) fn is_worn(&self, idle: Duration) -> bool {
        now() >= self.saved.saturating_add(idle.as_secs() / 10).max(self.saved.saturating_add(1))
    }
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_nearer_end_counts() {
        let content = Content { data: Map::new(), created: 1000, saved: 1030 };
        assert_eq!(content.ends(MINUTE, 2 * MINUTE), 1090);
        assert_eq!(content.ends(10 * MINUTE, 2 * MINUTE), 1120);
        assert!(!content.is_alive(MINUTE, MINUTE));
    }

    #[test]
    fn one_from_the_future_is_dead() {
        let future = Content { data: Map::new(), created: now() + 600, saved: now() + 600 };
        assert!(!future.is_alive(MINUTE, 2 * MINUTE));
        let fresh = Content { saved: now(), ..Content::new() };
        assert!(fresh.is_alive(MINUTE, MINUTE) && !fresh.is_worn(MINUTE));
        let worn = Content { saved: now() - 6, ..Content::new() };
        assert!(worn.is_worn(MINUTE));
    }
}
