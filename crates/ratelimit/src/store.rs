//! [`Store`]: where the state of keys is kept, and who decides about a request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::{Key, Quota, Verdict};

/// Where a gate keeps the state of its keys.
///
/// A gate has one of its own in memory unless it is given another: the one in Redis (feature `redis`), or yours.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Charges a key under all quotas, or, when one of them has not enough left, under none of them.
    ///
    /// The quotas are those of the gate, the same for every call.
    fn charge(&self, quotas: &[Quota], key: &Key<'_>, charge: Charge) -> Check;

    /// What was counted so far.
    fn stats(&self) -> GateStats;
}

/// What a key is charged with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Charge {
    /// So many units, if all quotas have them. A cost above a quota's burst counts as the whole burst.
    Take(u32),
    /// So many units more than were taken, or fewer, with no question asked: a request turned out to cost this. The
    /// verdict is that it passes.
    Settle(i64),
}

/// A [`Verdict`], at once or after a while.
#[must_use]
pub enum Check {
    /// Known at once, as in memory.
    Now(Verdict),
    /// Asked for over a network.
    Later(Pin<Box<dyn Future<Output = Verdict> + Send>>),
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(verdict) => f.debug_tuple("Now").field(verdict).finish(),
            Self::Later(_) => f.debug_tuple("Later").finish_non_exhaustive(),
        }
    }
}

/// What a gate has counted since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateStats {
    /// Requests that passed.
    pub allowed: u64,
    /// Requests for which a quota had not enough left. In a dry run they went on nevertheless.
    pub refused: u64,
    /// Requests that drew on the bucket which new keys share while there is no room for them; passed or refused, they
    /// are counted there as well.
    pub overflowed: u64,
    /// Keys in this process's memory.
    pub keys: u64,
    /// Requests about which a store over the network could not be asked in time.
    pub unavailable: u64,
}

impl GateStats {
    /// The sums of both.
    #[must_use]
    pub const fn plus(mut self, other: Self) -> Self {
        self.allowed += other.allowed;
        self.refused += other.refused;
        self.overflowed += other.overflowed;
        self.keys += other.keys;
        self.unavailable += other.unavailable;
        self
    }
}
