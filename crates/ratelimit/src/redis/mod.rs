//! [`RedisStore`]: the states of keys in Redis, where many machines share them.

mod link;
mod options;
mod warning;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use sha1::{Digest as _, Sha1};

pub use self::options::{RedisOptions, WhenAway};

use self::link::{Link, Question};
use crate::key::{Key, Repr};
use crate::limit::{Limit, MAX_QUOTAS};
use crate::memory::MemoryStore;
use crate::{Charge, Check, GateStats, RateLimitError, Verdict};

/// What a client is told to wait when the limits cannot be reached.
const AWAY: Duration = Duration::from_secs(1);

/// Texts that are longer are hashed: a client may choose them.
const LONGEST_TEXT: usize = 64;

/// One script decides about all quotas of a key in one round trip, by Redis' own clock: clocks of machines differ, and the
/// one that is ahead would give units away early. A key's state is gone as soon as all its buckets are full.
#[derive(Debug)]
pub(crate) struct RedisStore {
    inner: Arc<Inner>,
    link: Link,
    quotas: Arc<[(Box<str>, u64, u32)]>,
    /// What the names of all keys begin with.
    prefix: Box<[u8]>,
}

#[derive(Debug)]
struct Inner {
    limits: Box<[Limit]>,
    away: WhenAway,
    /// Counts while Redis is away.
    here: MemoryStore,
    allowed: AtomicU64,
    refused: AtomicU64,
    unavailable: AtomicU64,
}

impl RedisStore {
    pub(crate) fn try_new(
        limits: &[Limit],
        here: MemoryStore,
        options: &RedisOptions,
    ) -> Result<Self, RateLimitError> {
        let quotas: Option<_> = limits.iter().map(quota).collect();
        let quotas = quotas.ok_or_else(|| {
            RateLimitError::new("Redis counts microseconds: give each quota at most a million units a second")
        })?;
        if options.name.is_empty() {
            return Err(RateLimitError::new("a gate in Redis needs a name that no other gate has"));
        }
        if options.timeout.is_zero() || options.connect_timeout.is_zero() {
            return Err(RateLimitError::new("the timeouts for Redis must be longer than nothing"));
        }
        let inner = Inner {
            limits: limits.into(),
            away: options.when_away,
            here,
            allowed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
        };
        let prefix = format!("{}{}:", options.prefix, options.name).into_bytes().into();
        Ok(Self { inner: Arc::new(inner), link: Link::open(options)?, quotas, prefix })
    }

    pub(crate) fn charge(&self, key: &Key<'_>, charge: Charge) -> Check {
        let (take, cost) = match charge {
            Charge::Take(cost) => (true, i64::from(cost)),
            Charge::Settle(delta) => (false, delta),
        };
        let question = Question { key: self.name(key), take, cost, quotas: Arc::clone(&self.quotas) };
        let Some(answer) = self.link.ask(question) else {
            return Check::Now(self.inner.without(key, charge));
        };
        let (inner, key) = (Arc::clone(&self.inner), key.clone().into_owned());
        Check::Later(Box::pin(async move {
            let answer = answer.await.ok().flatten();
            let verdict = answer.and_then(|answer| inner.verdict(&answer, charge));
            verdict.unwrap_or_else(|| inner.without(&key, charge))
        }))
    }

    pub(crate) fn stats(&self) -> GateStats {
        let inner = &*self.inner;
        let there = GateStats {
            allowed: inner.allowed.load(Relaxed),
            refused: inner.refused.load(Relaxed),
            unavailable: inner.unavailable.load(Relaxed),
            ..GateStats::default()
        };
        there.plus(inner.here.stats())
    }

    fn name(&self, key: &Key<'_>) -> Vec<u8> {
        let mut name = Vec::with_capacity(self.prefix.len() + 48);
        name.extend_from_slice(&self.prefix);
        match &key.0 {
            Repr::Ip(ip) => name.extend_from_slice(format!("ip:{ip}").as_bytes()),
            Repr::Text(text) if text.len() <= LONGEST_TEXT => {
                name.extend_from_slice(b"text:");
                name.extend_from_slice(text);
            }
            Repr::Text(text) => {
                name.extend_from_slice(b"sha1:");
                name.extend(Sha1::digest(text).iter().flat_map(|byte| [byte >> 4, byte & 15].map(hex)));
            }
        }
        name
    }
}

const fn hex(digit: u8) -> u8 {
    b"0123456789abcdef"[digit as usize]
}

/// Microseconds are what Redis' clock counts, and what its numbers hold exactly.
fn quota(limit: &Limit) -> Option<(Box<str>, u64, u32)> {
    let interval = limit.interval / 1000;
    (interval > 0).then(|| (limit.name.clone(), interval, limit.burst))
}

impl Inner {
    fn verdict(&self, answer: &[i64], charge: Charge) -> Option<Verdict> {
        let (violated, times) = answer.split_first()?;
        if times.len() != self.limits.len() {
            return None;
        }
        let mut debts = [0; MAX_QUOTAS];
        for (debt, micros) in debts.iter_mut().zip(times) {
            *debt = u64::try_from(*micros).ok()?.saturating_mul(1000);
        }
        let Charge::Take(cost) = charge else { return Some(Verdict::of(&self.limits, debts, 0, 0)) };
        let verdict = Verdict::of(&self.limits, debts, u8::try_from(*violated).ok()?, cost);
        let counter = if verdict.is_allowed() { &self.allowed } else { &self.refused };
        counter.fetch_add(1, Relaxed);
        Some(verdict)
    }

    fn without(&self, key: &Key<'_>, charge: Charge) -> Verdict {
        if matches!(charge, Charge::Take(_)) {
            self.unavailable.fetch_add(1, Relaxed);
        }
        match self.away {
            WhenAway::CountHere => self.here.charge(key, charge),
            WhenAway::Refuse => Verdict::unavailable(AWAY),
        }
    }
}
