//! [`Meters`]: governor's arithmetic over states that are kept elsewhere.
//!
//! governor decides; its own stores are not used. They keep every key that was ever seen unless somebody sweeps them, and
//! one store knows one quota: a request that the second of two refuses has been charged under the first. A
//! [`StateStore`] is where governor lets others keep states: here it is a register into which a state is put before governor
//! is asked, and taken out of afterwards.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

use crate::Verdict;
use crate::limit::{Limit, MAX_QUOTAS};

/// For each limit, when its bucket is full again, in nanoseconds since the store was made. One that is past is full.
pub(super) type Fulls = [u64; MAX_QUOTAS];

type Meter = RateLimiter<NotKeyed, Register, Hand, NoOpMiddleware<Nanos>>;

/// A meter for each limit. Whoever asks them must be alone with them for the time.
#[derive(Debug)]
pub(super) struct Meters {
    meters: Box<[Meter]>,
    register: Register,
    hand: Hand,
}

impl Meters {
    pub(super) fn new(limits: &[Limit]) -> Self {
        let (register, hand) = (Register::default(), Hand::default());
        let meter = |limit: &Limit| RateLimiter::new(quota(limit), register.clone(), hand.clone());
        Self { meters: limits.iter().map(meter).collect(), register, hand }
    }

    /// Takes the cost out of all buckets, or out of none.
    pub(super) fn take(&self, limits: &[Limit], fulls: &mut [u64], now: u64, cost: u32) -> Verdict {
        self.hand.0.store(now, Relaxed);
        let (mut next, mut violated) = ([0; MAX_QUOTAS], 0);
        for (index, (meter, limit)) in self.meters.iter().zip(limits).enumerate() {
            self.register.0.store(fulls[index], Relaxed);
            if !passes(meter, limit.units(cost)) {
                violated |= 1 << index;
            }
            next[index] = self.register.0.load(Relaxed);
        }
        if violated == 0 {
            fulls.copy_from_slice(&next[..fulls.len()]);
        }
        Verdict::of(limits, debts(fulls, now), violated, cost)
    }
}

/// Charges what a request turned out to cost beyond what was taken, or gives back.
pub(super) fn settle(limits: &[Limit], fulls: &mut [u64], now: u64, delta: i64) -> Verdict {
    for (full, limit) in fulls.iter_mut().zip(limits) {
        *full = limit.settled(*full, now, delta);
    }
    Verdict::of(limits, debts(fulls, now), 0, 0)
}

fn debts(fulls: &[u64], now: u64) -> Fulls {
    let mut debts = [0; MAX_QUOTAS];
    for (debt, full) in debts.iter_mut().zip(fulls) {
        *debt = full.saturating_sub(now);
    }
    debts
}

fn passes(meter: &Meter, units: u32) -> bool {
    NonZeroU32::new(units).is_none_or(|units| matches!(meter.check_n(units), Ok(Ok(()))))
}

fn quota(limit: &Limit) -> Quota {
    let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
    let interval = std::time::Duration::from_nanos(limit.interval);
    Quota::with_period(interval).unwrap_or(Quota::per_second(burst)).allow_burst(burst)
}

/// One state, for as long as it is looked at.
#[derive(Clone, Debug, Default)]
struct Register(Arc<AtomicU64>);

impl StateStore for Register {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (outcome, next) = measure(Some(Nanos::new(self.0.load(Relaxed))))?;
        self.0.store(next.as_u64(), Relaxed);
        Ok(outcome)
    }
}

/// A clock that stands still for the time of one request, so that all of its quotas see the same moment.
#[derive(Clone, Debug, Default)]
struct Hand(Arc<AtomicU64>);

impl Clock for Hand {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Quota;

    const SECOND: u64 = 1_000_000_000;

    fn limits(quotas: &[Quota]) -> Box<[Limit]> {
        Limit::all(quotas).unwrap()
    }

    #[test]
    fn a_burst_passes_and_units_come_back_one_by_one() {
        let limits = limits(&[Quota::per_second(2).with_burst(3)]);
        let (meters, mut fulls) = (Meters::new(&limits), [0]);
        let mut take = |now| meters.take(&limits, &mut fulls, now, 1).is_allowed();
        assert_eq!([0; 4].map(&mut take), [true, true, true, false]);
        assert!(!take(SECOND / 2 - 1) && take(SECOND / 2) && !take(SECOND / 2));
        assert_eq!([9 * SECOND; 4].map(take), [true, true, true, false]);
    }

    #[test]
    fn a_refusal_by_one_takes_nothing_from_the_other() {
        let limits = limits(&[Quota::per_second(10).with_name("a"), Quota::per_second(2).with_name("b")]);
        let (meters, mut fulls) = (Meters::new(&limits), [0, 0]);
        for _ in 0..2 {
            assert!(meters.take(&limits, &mut fulls, 0, 1).is_allowed());
        }
        let before = fulls;
        let refused = meters.take(&limits, &mut fulls, 0, 1);
        assert!(refused.is_refused() && !refused.is_violated(0) && refused.is_violated(1));
        assert_eq!((fulls, limits[0].remaining(refused.debt(0))), (before, 8));
        assert_eq!(refused.wait(), SECOND / 2);
    }

    #[test]
    fn a_cost_is_taken_whole_or_not_at_all() {
        let limits = limits(&[Quota::per_second(1).with_burst(10)]);
        let (meters, mut fulls) = (Meters::new(&limits), [0]);
        assert!(meters.take(&limits, &mut fulls, 0, 8).is_allowed());
        let refused = meters.take(&limits, &mut fulls, 0, 5);
        assert_eq!((refused.is_refused(), refused.wait()), (true, 3 * SECOND));
        assert!(meters.take(&limits, &mut fulls, 0, 2).is_allowed());
        // More than the whole burst is the whole burst.
        assert!(!meters.take(&limits, &mut fulls, 9 * SECOND, 1000).is_allowed());
        assert!(meters.take(&limits, &mut fulls, 10 * SECOND, 1000).is_allowed());
        assert!(meters.take(&limits, &mut fulls, 10 * SECOND, 0).is_allowed());
    }

    #[test]
    fn a_cost_that_is_known_later_is_charged_unasked() {
        let limits = limits(&[Quota::per_second(1).with_burst(3)]);
        let (meters, mut fulls) = (Meters::new(&limits), [0]);
        let remaining = |verdict: Verdict| limits[0].remaining(verdict.debt(0));
        assert_eq!(remaining(meters.take(&limits, &mut fulls, 0, 1)), 2);
        assert_eq!(remaining(settle(&limits, &mut fulls, 0, 1)), 1);
        assert_eq!(remaining(settle(&limits, &mut fulls, 0, 100)), 0);
        assert!(!meters.take(&limits, &mut fulls, 3 * SECOND, 1).is_allowed());
        assert!(meters.take(&limits, &mut fulls, 4 * SECOND, 1).is_allowed());
        assert_eq!(remaining(settle(&limits, &mut fulls, 4 * SECOND, -10)), 3);
    }

    /// Our own words for what remains agree with governor's decisions, whatever is asked when.
    #[test]
    fn what_remains_is_what_governor_gives() {
        let limits = limits(&[Quota::per_second(7).with_burst(5)]);
        let (meters, mut fulls, mut now, mut random) = (Meters::new(&limits), [0_u64], 0_u64, 1_u64);
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            now += (random >> 33) % 100_000_000;
            let cost = 1 + (random >> 20) as u32 % 3;
            let remaining = limits[0].remaining(fulls[0].saturating_sub(now));
            let verdict = meters.take(&limits, &mut fulls, now, cost);
            assert_eq!(verdict.is_allowed(), u64::from(cost) <= remaining);
            let again = now + verdict.wait();
            let mut copy = fulls;
            if verdict.is_refused() {
                assert!(!meters.take(&limits, &mut copy, again - 1, cost).is_allowed());
                assert!(meters.take(&limits, &mut copy, again, cost).is_allowed());
            }
        }
    }
}
