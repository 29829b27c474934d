//! [`Quota`]: how many units in how long, and how many at once.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use crate::RateLimitError;

const SECOND: Duration = Duration::from_secs(1);
const DAY: u64 = 24 * 60 * 60;

/// The name of a quota that has been given none.
const DEFAULT_NAME: &str = "default";

/// An allowance: units that come back evenly over a period, and the most that can be used at once.
///
/// It is a bucket of `burst` units that begins full. A request takes its cost out of it, and `units` flow back in every
/// `period`, one by one. A request usually costs one unit.
///
/// ```
/// use hyperserve_ratelimit::{Gate, Quota};
///
/// let gate = Gate::builder()
///     .with_quota(Quota::per_second(20).with_burst(50).with_name("burst"))
///     .with_quota(Quota::per_hour(10_000).with_name("sustained"))
///     .build()?;
/// # Ok::<(), hyperserve_ratelimit::RateLimitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Quota {
    pub(crate) name: Cow<'static, str>,
    pub(crate) units: u32,
    pub(crate) period: Duration,
    pub(crate) burst: u32,
}

impl Quota {
    /// So many units in each period, all of which can be used at once.
    pub const fn per(units: u32, period: Duration) -> Self {
        Self { name: Cow::Borrowed(DEFAULT_NAME), units, period, burst: units }
    }

    /// So many units in each second.
    pub const fn per_second(units: u32) -> Self {
        Self::per(units, SECOND)
    }

    /// So many units in each minute.
    pub const fn per_minute(units: u32) -> Self {
        Self::per(units, Duration::from_secs(60))
    }

    /// So many units in each hour.
    pub const fn per_hour(units: u32) -> Self {
        Self::per(units, Duration::from_secs(60 * 60))
    }

    /// So many units in each day.
    pub const fn per_day(units: u32) -> Self {
        Self::per(units, Duration::from_secs(DAY))
    }

    /// Sets how many units can be used at once; by default as many as come back in a period.
    pub const fn with_burst(mut self, units: u32) -> Self {
        self.burst = units;
        self
    }

    /// Sets the name that clients see in `RateLimit-Policy`: letters, digits, `_`, `-` and `.`, at most 32. `default` by
    /// default; the quotas of one gate have different names.
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The name that clients see.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many units can be used at once.
    #[must_use]
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// The time in which one unit comes back, to the nanosecond below. Zero if the quota has no units: no gate takes it.
    #[must_use]
    pub const fn interval(&self) -> Duration {
        if self.units == 0 {
            return Duration::ZERO;
        }
        let nanos = self.period.as_nanos() / self.units as u128;
        Duration::from_nanos(if nanos > u64::MAX as u128 { u64::MAX } else { nanos as u64 })
    }
}

/// 100 units a second, 200 at once.
impl Default for Quota {
    fn default() -> Self {
        Self::per_second(100).with_burst(200)
    }
}

/// `100/s`, `5000/h burst 50`: units for a second, a minute, an hour or a day, and how many at once. It is named for its unit,
/// so that several of a list have names of their own: `second`, `minute`, `hour`, `day`.
///
/// ```
/// use hyperserve_ratelimit::Quota;
///
/// assert_eq!("100/s burst 200".parse::<Quota>()?, Quota::per_second(100).with_burst(200).with_name("second"));
/// let error = "100".parse::<Quota>().unwrap_err();
/// assert_eq!(error.to_string(), "`100` is no quota: write `100/s` or `5000/h burst 50`, with s, m, h or d");
/// # Ok::<(), hyperserve_ratelimit::RateLimitError>(())
/// ```
impl FromStr for Quota {
    type Err = RateLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or_else(|| {
            RateLimitError::new(format!(
                "`{text}` is no quota: write `100/s` or `5000/h burst 50`, with s, m, h or d"
            ))
        })
    }
}

fn read(text: &str) -> Option<Quota> {
    let (rate, burst) = match text.trim().split_once(" burst ") {
        Some((rate, burst)) => (rate, Some(burst.trim().parse().ok()?)),
        None => (text.trim(), None),
    };
    let (units, period) = rate.split_once('/')?;
    let units = units.trim().parse().ok()?;
    let quota = match period.trim() {
        "s" => Quota::per_second(units).with_name("second"),
        "m" => Quota::per_minute(units).with_name("minute"),
        "h" => Quota::per_hour(units).with_name("hour"),
        "d" => Quota::per_day(units).with_name("day"),
        _ => return None,
    };
    Some(match burst {
        Some(burst) => quota.with_burst(burst),
        None => quota,
    })
}
