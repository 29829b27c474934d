//! Waits between tries to connect: 0.1 s, doubled up to 5 s, and a little more by chance, so that many machines do not come
//! back at the same moment.

use std::time::Duration;

use super::keys::SessionId;

const FIRST: Duration = Duration::from_millis(100);
const LAST: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) const fn new() -> Self {
        Self { next: FIRST }
    }

    /// The wait before the next try.
    pub(super) fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(LAST);
        wait + wait.mul_f64(0.25 * SessionId::random().fraction())
    }

    /// A try went well.
    pub(super) fn reset(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Duration};

    #[test]
    fn waits_grow_to_an_end_and_begin_anew() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = std::iter::repeat_with(|| backoff.next()).take(20).collect();
        assert!(waits[0] >= Duration::from_millis(100) && waits[0] <= Duration::from_millis(125));
        assert!(waits[1..].iter().all(|wait| *wait >= Duration::from_millis(200)));
        assert!(waits[19] >= Duration::from_secs(5) && waits[19] <= Duration::from_millis(6250));
        backoff.reset();
        assert!(backoff.next() < Duration::from_millis(126));
    }
}
