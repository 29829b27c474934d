//! Whether a peer that sends or takes a body keeps up: not only some bytes now and then, but enough of them.
//!
//! Only time spent waiting for the peer counts, so that a slow application is not held against it.

use super::clock::Millis;
use std::time::Duration;

/// The account of one body, or of one connection's output.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    /// Since when the peer is waited for, 0 for not.
    since: Millis,
    /// Milliseconds waited before that.
    waited: u64,
    bytes: u64,
}

impl Rate {
    /// Begins to wait; returns how long the peer may take for its next byte. `idle` bounds a silence, and is what a peer
    /// may fall behind `per_second`. Either may be zero, for no bound; `None` is no bound at all.
    pub(crate) fn wait(&mut self, now: Millis, idle: Duration, per_second: usize) -> Option<Duration> {
        if self.since == 0 {
            self.since = now;
        }
        if idle.is_zero() {
            return None;
        }
        if per_second == 0 {
            return Some(idle);
        }
        let idle = idle.as_millis() as u64;
        let earned = self.bytes.saturating_mul(1000) / per_second as u64;
        let credit = idle.saturating_add(earned).saturating_sub(self.waited);
        Some(Duration::from_millis(idle.min(credit).max(1)))
    }

    /// The same for what must have come whole after `total` of waiting, unless that is zero.
    pub(crate) fn wait_for_whole(
        &mut self,
        now: Millis,
        idle: Duration,
        per_second: usize,
        total: Duration,
    ) -> Option<Duration> {
        let allowed = self.wait(now, idle, per_second);
        if total.is_zero() {
            return allowed;
        }
        let left = total.saturating_sub(Duration::from_millis(self.waited)).max(Duration::from_millis(1));
        Some(allowed.map_or(left, |allowed| allowed.min(left)))
    }

    /// The peer has sent or taken `bytes`, after a wait or without one.
    pub(crate) fn progress(&mut self, now: Millis, bytes: usize) {
        if self.since != 0 {
            self.waited += now.saturating_sub(self.since);
            self.since = 0;
        }
        self.bytes += bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(30);

    #[test]
    fn silence_and_slowness_are_both_bounded() {
        let mut rate = Rate::default();
        assert_eq!(rate.wait(1000, IDLE, 240), Some(IDLE));
        // one byte every ten seconds: three of them, and the credit is gone
        for second in [11, 21, 31] {
            rate.progress(second * 1000, 1);
            rate.wait(second * 1000, IDLE, 240);
        }
        assert!(rate.wait(31_000, IDLE, 240).unwrap() < Duration::from_millis(20));
        assert_eq!(rate.wait(31_000, IDLE, 0), Some(IDLE));
        assert_eq!(rate.wait(31_000, Duration::ZERO, 240), None);
    }

    #[test]
    fn the_whole_is_bounded_by_the_time_that_was_waited() {
        let total = Duration::from_secs(60);
        let mut rate = Rate::default();
        assert_eq!(rate.wait_for_whole(1, IDLE, 0, total), Some(IDLE));
        rate.progress(20_001, 1_000_000);
        // what the application took is not counted
        assert_eq!(rate.wait_for_whole(90_001, IDLE, 240, total), Some(IDLE));
        rate.progress(115_001, 1_000_000);
        assert_eq!(rate.wait_for_whole(115_001, IDLE, 240, total), Some(Duration::from_secs(15)));
        assert_eq!(rate.wait_for_whole(115_001, Duration::ZERO, 240, total), Some(Duration::from_secs(15)));
        assert_eq!(rate.wait_for_whole(115_001, Duration::ZERO, 240, Duration::ZERO), None);
        rate.progress(190_001, 1);
        assert_eq!(rate.wait_for_whole(190_001, IDLE, 0, total), Some(Duration::from_millis(1)));
    }

    #[test]
    fn a_peer_that_keeps_up_has_the_whole_silence_left() {
        let mut rate = Rate::default();
        for second in 0..1000 {
            rate.wait(second * 1000 + 1, IDLE, 240);
            rate.progress(second * 1000 + 1001, 300);
        }
        assert_eq!(rate.wait(1_000_001, IDLE, 240), Some(IDLE));
    }
}
