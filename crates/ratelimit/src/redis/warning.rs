//! [`Warning`]: says the same at most once in ten seconds.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_secs(10);

/// When it was said last, and how often it was not said since.
#[derive(Debug, Default)]
pub(super) struct Warning(Mutex<(Option<Instant>, u64)>);

impl Warning {
    /// Whether to say it now; then with how many that were kept silent before.
    pub(super) fn due(&self) -> Option<u64> {
        self.due_at(Instant::now())
    }

    fn due_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0.is_some_and(|last| now.saturating_duration_since(last) < PAUSE) {
            state.1 += 1;
            return None;
        }
        state.0 = Some(now);
        Some(std::mem::take(&mut state.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_in_ten_seconds() {
        let (warning, start) = (Warning::default(), Instant::now());
        let said = [0, 1, 9, 10, 11, 25].map(|seconds| warning.due_at(start + Duration::from_secs(seconds)));
        assert_eq!(said, [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
