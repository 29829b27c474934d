//! [`Ticks`]: nanoseconds since a gate was built, by the clock that it was given.

use std::fmt;

use governor::clock::{Clock, MonotonicClock, Reference as _};

/// What a store of this process measures time with.
pub(crate) struct Ticks(Box<dyn Elapsed>);

impl Ticks {
    pub(crate) fn new<C: Clock + Send + Sync + 'static>(clock: C) -> Self {
        let start = clock.now();
        Self(Box::new(Since { clock, start }))
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.elapsed()
    }
}

/// The system's monotonic clock: two readings differ by what has passed, whatever becomes of the time of day.
impl Default for Ticks {
    fn default() -> Self {
        Self::new(MonotonicClock)
    }
}

impl fmt::Debug for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ticks").field(&self.now()).finish()
    }
}

trait Elapsed: Send + Sync {
    fn elapsed(&self) -> u64;
}

struct Since<C: Clock> {
    clock: C,
    start: C::Instant,
}

impl<C: Clock + Send + Sync> Elapsed for Since<C> {
    fn elapsed(&self) -> u64 {
        self.clock.now().duration_since(self.start).as_u64()
    }
}
