//! How fast a page may send: some at once, then two a second.

use std::time::Duration;

use tokio::time::Instant;

/// What may come at once.
const BURST: f64 = 10.0;

/// What may come a second, in the long run.
const A_SECOND: f64 = 2.0;

/// What is refused before the page is sent away.
const REFUSED: f64 = 30.0;

/// A bucket of tokens, one a message.
#[derive(Debug)]
pub(super) struct Pace {
    tokens: f64,
    at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fair,
    Hasty,
    Flood,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { tokens: BURST, at: Instant::now() }
    }

    /// Counts a message that came now.
    pub(super) fn step(&mut self) -> Verdict {
        let passed: Duration = self.at.elapsed();
        self.at += passed;
        self.tokens = passed.as_secs_f64().mul_add(A_SECOND, self.tokens).min(BURST) - 1.0;
        match self.tokens {
            tokens if tokens >= 0.0 => Verdict::Fair,
            tokens if tokens >= -REFUSED => Verdict::Hasty,
            _ => Verdict::Flood,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn steps(pace: &mut Pace, count: usize) -> Vec<Verdict> {
        (0..count).map(|_| pace.step()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn some_come_at_once_then_two_a_second() {
        let mut pace = Pace::new();
        assert_eq!(steps(&mut pace, 10), [Verdict::Fair; 10]);
        assert_eq!(pace.step(), Verdict::Hasty);
        advance(Duration::from_secs(2)).await;
        // what was refused counts too
        assert_eq!(steps(&mut pace, 4), [Verdict::Fair, Verdict::Fair, Verdict::Fair, Verdict::Hasty]);
        advance(Duration::from_secs(3600)).await;
        assert_eq!(steps(&mut pace, 11)[9..], [Verdict::Fair, Verdict::Hasty]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_on_is_sent_away() {
        let mut pace = Pace::new();
        assert_eq!(steps(&mut pace, 41)[39..], [Verdict::Hasty, Verdict::Flood]);
    }
}
