//! [`Verdict`]: what a store says about one request.

use std::time::Duration;

use crate::limit::{Limit, MAX_QUOTAS};

/// Whether a request passes, and how full each quota's bucket is after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    outcome: Outcome,
    /// Per quota: nanoseconds until it is full again.
    debts: [u64; MAX_QUOTAS],
    /// Nanoseconds to wait before it is worth asking again.
    wait: u64,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Allowed,
    /// A bit for each quota that had not enough left.
    Refused(u8),
    Unavailable,
}

impl Verdict {
    /// The request passes. For each quota in order: the time until it is full again, this request included.
    #[must_use]
    pub fn allowed(full_in: &[Duration]) -> Self {
        Self::new(Outcome::Allowed, debts(full_in), 0)
    }

    /// The request does not pass, and has taken nothing. For each quota in order: the time until it is full again, and
    /// whether it had not enough left. The time after which the request would pass is for `Retry-After`.
    #[must_use]
    pub fn refused(full_in: &[Duration], violated: &[bool], retry_after: Duration) -> Self {
        let bits = violated.iter().take(MAX_QUOTAS).enumerate();
        let mask = bits.fold(0, |mask, (index, violated)| mask | u8::from(*violated) << index);
        Self::new(Outcome::Refused(mask), debts(full_in), nanos(retry_after))
    }

    /// The store cannot say: the request is answered with 503.
    #[must_use]
    pub fn unavailable(retry_after: Duration) -> Self {
        Self::new(Outcome::Unavailable, [0; MAX_QUOTAS], nanos(retry_after))
    }

    const fn new(outcome: Outcome, debts: [u64; MAX_QUOTAS], wait: u64) -> Self {
        Self { outcome, debts, wait }
    }

    /// What a check gave: `violated` has a bit for each limit that had not enough left.
    pub(crate) fn of(limits: &[Limit], debts: [u64; MAX_QUOTAS], violated: u8, cost: u32) -> Self {
        if violated == 0 {
            return Self::new(Outcome::Allowed, debts, 0);
        }
        let all = limits.iter().zip(debts).enumerate();
        let refusing = all.filter(|(index, _)| violated & 1 << index != 0).map(|(_, pair)| pair);
        let waits = refusing.map(|(limit, debt)| limit.wait(debt, u64::from(limit.units(cost))));
        Self::new(Outcome::Refused(violated), debts, waits.max().unwrap_or_default())
    }

    /// Whether the request passes.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self.outcome, Outcome::Allowed)
    }

    /// Whether the request is refused because a quota had not enough left.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Refused(_))
    }

    /// Whether the quota of this index had not enough left.
    #[must_use]
    pub const fn is_violated(&self, quota: usize) -> bool {
        match self.outcome {
            Outcome::Refused(mask) => quota < MAX_QUOTAS && mask & (1 << quota) != 0,
            Outcome::Allowed | Outcome::Unavailable => false,
        }
    }

    /// How long to wait before the request would pass, if it does not.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        if self.is_allowed() { None } else { Some(Duration::from_nanos(self.wait)) }
    }

    pub(crate) const fn wait(&self) -> u64 {
        self.wait
    }

    /// Nanoseconds until the limit of this index is full again.
    pub(crate) const fn debt(&self, index: usize) -> u64 {
        if index < MAX_QUOTAS { self.debts[index] } else { 0 }
    }
}

fn debts(full_in: &[Duration]) -> [u64; MAX_QUOTAS] {
    let mut debts = [0; MAX_QUOTAS];
    for (debt, full_in) in debts.iter_mut().zip(full_in) {
        *debt = nanos(*full_in);
    }
    debts
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Quota;

    #[test]
    fn the_wait_is_the_longest_of_those_that_refuse() {
        let quotas = [Quota::per_second(1).with_name("a"), Quota::per_minute(1).with_name("b")];
        let limits = Limit::all(&quotas).unwrap();
        let debts = [1_000_000_000, 30_000_000_000, 0, 0];
        let wait = |violated| Verdict::of(&limits, debts, violated, 1).retry_after();
        assert_eq!(wait(0), None);
        assert_eq!(wait(0b01), Some(Duration::from_secs(1)));
        assert_eq!(wait(0b11), Some(Duration::from_secs(30)));
    }

    #[test]
    fn a_store_of_ones_own_can_say_the_same() {
        let full_in = [Duration::from_secs(1), Duration::from_secs(30)];
        let refused = Verdict::refused(&full_in, &[false, true], Duration::from_secs(30));
        assert!(
            refused.is_refused()
                && !refused.is_violated(0)
                && refused.is_violated(1)
                && !refused.is_violated(9)
        );
        assert_eq!((refused.debt(0), refused.debt(1), refused.debt(9)), (1_000_000_000, 30_000_000_000, 0));
        assert!(
            Verdict::allowed(&full_in).is_allowed() && !Verdict::unavailable(Duration::ZERO).is_refused()
        );
    }
}
