//! [`Limit`]: a quota that has been checked, in nanoseconds, and what can be told from how empty its bucket is.

use std::collections::HashSet;

use crate::{Quota, RateLimitError};

/// The most quotas of one gate: what is known about them travels with each request, without an allocation.
pub const MAX_QUOTAS: usize = 4;

const LONGEST_NAME: usize = 32;

/// Nanoseconds in a year of 366 days: no bucket takes longer to fill, so that no sum of times overflows.
const LONGEST_SPAN: u128 = 366 * 24 * 60 * 60 * 1_000_000_000;

/// A bucket by the time in which it fills, as the generic cell rate algorithm (GCRA) sees it: not units are counted but the
/// time until it is full again, its *debt*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) name: Box<str>,
    pub(crate) burst: u32,
    /// Nanoseconds in which one unit comes back.
    pub(crate) interval: u64,
    /// Nanoseconds in which the empty bucket fills.
    pub(crate) span: u64,
}

impl Limit {
    fn try_new(quota: &Quota) -> Result<Self, RateLimitError> {
        let wrong = |why: &str| RateLimitError::new(format!("quota {:?}: {why}", quota.name));
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if quota.name.is_empty() || quota.name.len() > LONGEST_NAME || !quota.name.bytes().all(known) {
            return Err(wrong("a name is made of 1 to 32 letters, digits, `_`, `-` and `.`"));
        }
        if quota.units == 0 || quota.burst == 0 {
            return Err(wrong("give it at least one unit, and a burst of at least one"));
        }
        let interval = quota.interval().as_nanos();
        if interval == 0 {
            return Err(wrong("one unit a nanosecond is the most: make the period longer"));
        }
        let span = interval.saturating_mul(u128::from(quota.burst));
        if span > LONGEST_SPAN {
            return Err(wrong(
                "its burst would take more than a year to come back: make one of them smaller",
            ));
        }
        // Both are below the limit of u64, since the longest span is.
        let (interval, span) = (interval as u64, span as u64);
        Ok(Self { name: (&*quota.name).into(), burst: quota.burst, interval, span })
    }

    /// The limits of a gate.
    pub(crate) fn all(quotas: &[Quota]) -> Result<Box<[Self]>, RateLimitError> {
        if quotas.len() > MAX_QUOTAS {
            return Err(RateLimitError::new(format!(
                "a gate has at most {MAX_QUOTAS} quotas, not {}",
                quotas.len()
            )));
        }
        let mut names = HashSet::new();
        if let Some(twice) = quotas.iter().find(|quota| !names.insert(quota.name())) {
            let name = twice.name();
            return Err(RateLimitError::new(format!(
                "two quotas are called {name:?}: give each a name of its own"
            )));
        }
        quotas.iter().map(Self::try_new).collect()
    }

    /// The units of a cost; one above the burst counts as the whole burst, since it could not pass otherwise, ever.
    pub(crate) const fn units(&self, cost: u32) -> u32 {
        if cost < self.burst { cost } else { self.burst }
    }

    /// Units that can be used now.
    pub(crate) const fn remaining(&self, debt: u64) -> u64 {
        self.span.saturating_sub(debt) / self.interval
    }

    /// Nanoseconds until one more unit can be used than [remain](Self::remaining).
    pub(crate) const fn until_more(&self, debt: u64) -> u64 {
        self.wait(debt, self.remaining(debt) + 1)
    }

    /// Nanoseconds until so many units can be used.
    pub(crate) const fn wait(&self, debt: u64, units: u64) -> u64 {
        debt.saturating_add(units.saturating_mul(self.interval)).saturating_sub(self.span)
    }

    /// When the bucket is full again after its cost is known to be `delta` units more than was taken, with both times on
    /// the same scale. It goes at most one burst below empty, so that a wrong cost locks nobody out for long.
    pub(crate) fn settled(&self, full: u64, now: u64, delta: i64) -> u64 {
        let by = delta.unsigned_abs().saturating_mul(self.interval);
        let full = full.max(now);
        if delta < 0 {
            full.saturating_sub(by)
        } else {
            full.saturating_add(by).min(full.max(now.saturating_add(2 * self.span)))
        }
    }

    /// The quota's item in `RateLimit-Policy`. The window is the time in which the bucket fills, so that quota by window is
    /// the rate; it has whole seconds, and is rounded up: who keeps to what is told is never refused.
    pub(crate) fn policy(&self) -> String {
        format!("\"{}\";q={};w={}", self.name, self.burst, whole_seconds(self.span))
    }
}

/// Nanoseconds as seconds, rounded up; at least one.
pub(crate) const fn whole_seconds(nanos: u64) -> u64 {
    let seconds = nanos.div_ceil(1_000_000_000);
    if seconds == 0 { 1 } else { seconds }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limit(quota: Quota) -> Limit {
        Limit::all(&[quota]).unwrap().into_vec().remove(0)
    }

    fn error(quotas: &[Quota]) -> String {
        Limit::all(quotas).unwrap_err().to_string()
    }

    #[test]
    fn a_quota_that_cannot_be_is_an_error_that_says_why() {
        assert!(error(&[Quota::per_second(0)]).contains("at least one unit"));
        assert!(error(&[Quota::per_second(1).with_burst(0)]).contains("burst of at least one"));
        assert!(error(&[Quota::per(2, Duration::from_nanos(1))]).contains("period longer"));
        assert!(error(&[Quota::per_day(1).with_burst(400)]).contains("more than a year"));
        assert!(error(&[Quota::per(1, Duration::MAX)]).contains("more than a year"));
        assert!(error(&[Quota::per_second(1), Quota::per_hour(1)]).contains("two quotas"));
        let five = ["a", "b", "c", "d", "e"].map(|name| Quota::per_second(1).with_name(name));
        assert!(error(&five).contains("at most 4"));
        for name in ["", "a b", "a\"", "é", &"x".repeat(33)] {
            assert!(
                error(&[Quota::per_second(1).with_name(name.to_owned())]).contains("a name is"),
                "{name:?}"
            );
        }
        assert!(Limit::all(&[Quota::per_day(1).with_burst(366)]).is_ok());
    }

    #[test]
    fn a_policy_is_told_by_burst_and_the_time_it_takes_to_come_back() {
        assert_eq!(limit(Quota::per_minute(100)).policy(), "\"default\";q=100;w=60");
        assert_eq!(limit(Quota::default()).policy(), "\"default\";q=200;w=2");
        assert_eq!(limit(Quota::per_second(100).with_burst(50)).policy(), "\"default\";q=50;w=1");
        assert_eq!(limit(Quota::per_second(3).with_burst(7).with_name("x")).policy(), "\"x\";q=7;w=3");
    }

    #[test]
    fn what_remains_follows_from_the_debt() {
        let limit = limit(Quota::per_second(10).with_burst(5));
        assert_eq!((limit.interval, limit.span), (100_000_000, 500_000_000));
        assert_eq!((limit.remaining(0), limit.until_more(0)), (5, 100_000_000));
        assert_eq!((limit.remaining(100_000_000), limit.until_more(100_000_000)), (4, 100_000_000));
        assert_eq!((limit.remaining(100_000_001), limit.until_more(100_000_001)), (3, 1));
        assert_eq!((limit.remaining(500_000_000), limit.until_more(500_000_000)), (0, 100_000_000));
        assert_eq!((limit.remaining(900_000_000), limit.until_more(900_000_000)), (0, 500_000_000));
        assert_eq!((limit.wait(500_000_000, 3), limit.wait(0, 5)), (300_000_000, 0));
    }

    #[test]
    fn settling_moves_both_ways_within_bounds() {
        let limit = limit(Quota::per_second(1).with_burst(3));
        let second = 1_000_000_000;
        assert_eq!(limit.settled(12 * second, 10 * second, 1), 13 * second);
        assert_eq!(limit.settled(12 * second, 10 * second, 100), 16 * second);
        assert_eq!(limit.settled(12 * second, 10 * second, -1), 11 * second);
        assert_eq!(limit.settled(12 * second, 10 * second, i64::MIN), 0);
        assert_eq!(limit.settled(5 * second, 10 * second, 1), 11 * second);
    }

    #[test]
    fn seconds_are_rounded_up() {
        assert_eq!([0, 1, 1_000_000_000, 1_000_000_001].map(whole_seconds), [1, 1, 1, 2]);
    }
}
