//! [`Meter`]: what came in, what may come out, and what was wrong.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use hyperserve_core::{BodyError, Problem};

use super::Coding;

/// Decoded bytes that the ratio does not count for: short content may shrink to nearly nothing in good faith.
pub(super) const GRACE: u64 = 64 * 1024;

/// One for each request with coded content, shared by its body's stages and its future.
#[derive(Debug)]
pub(super) struct Meter {
    limit: u64,
    ratio: Option<u32>,
    /// Bytes that the first stage has taken.
    wire: AtomicU64,
    fault: OnceLock<Fault>,
}

/// Why a content was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    TooLong { limit: u64 },
    Expands { ratio: u32 },
    Broken { coding: Coding, how: How },
}

/// In which way data is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Invalid,
    CutShort,
    Trailing,
}

impl Meter {
    pub(super) const fn new(limit: u64, ratio: Option<u32>) -> Self {
        Self { limit, ratio, wire: AtomicU64::new(0), fault: OnceLock::new() }
    }

    pub(super) fn take(&self, bytes: usize) {
        self.wire.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Whether a stage may have given so many bytes by now.
    pub(super) fn check(&self, given: u64) -> Result<(), Fault> {
        if given > self.limit {
            return Err(Fault::TooLong { limit: self.limit });
        }
        let Some(ratio) = self.ratio else { return Ok(()) };
        let allowed = self.wire.load(Ordering::Relaxed).saturating_mul(u64::from(ratio));
        if given > GRACE.max(allowed) { Err(Fault::Expands { ratio }) } else { Ok(()) }
    }

    /// Keeps the first fault for the response.
    pub(super) fn fail(&self, fault: Fault) {
        // A later fault follows from the first.
        let _ = self.fault.set(fault);
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.get().copied()
    }
}

impl Fault {
    pub(super) fn problem(self) -> Problem {
        let detail = self.to_string();
        match self {
            Self::TooLong { limit } => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE).with_extension("limit", limit)
            }
            Self::Expands { ratio } => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE).with_extension("ratio", ratio)
            }
            Self::Broken { .. } => Problem::new(StatusCode::BAD_REQUEST),
        }
        .with_detail(detail)
    }

    /// The error that the reader of the body gets. A ratio is told as the length that it allows.
    pub(super) fn error(self, meter: &Meter) -> BodyError {
        match self {
            Self::TooLong { limit } => BodyError::too_large(limit),
            Self::Expands { ratio } => {
                let wire = meter.wire.load(Ordering::Relaxed);
                BodyError::too_large(wire.saturating_mul(u64::from(ratio)).max(GRACE))
            }
            Self::Broken { .. } => BodyError::new(self),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => {
                write!(f, "The request body is longer than {limit} bytes once decompressed.")
            }
            Self::Expands { ratio } => {
                write!(f, "The request body expands to more than {ratio} times its compressed length.")
            }
            Self::Broken { coding, how: How::Invalid } => {
                write!(f, "The request body is not valid {coding} data.")
            }
            Self::Broken { coding, how: How::CutShort } => {
                write!(f, "The {coding} data of the request body ends too early.")
            }
            Self::Broken { coding, how: How::Trailing } => {
                write!(f, "The {coding} data of the request body is followed by something else.")
            }
        }
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_exact() {
        let meter = Meter::new(1000, None);
        assert_eq!(meter.check(1000), Ok(()));
        assert_eq!(meter.check(1001), Err(Fault::TooLong { limit: 1000 }));
    }

    #[test]
    fn the_ratio_counts_beyond_the_grace() {
        let meter = Meter::new(u64::MAX, Some(100));
        assert_eq!(meter.check(GRACE), Ok(()));
        assert_eq!(meter.check(GRACE + 1), Err(Fault::Expands { ratio: 100 }));
        meter.take(1000);
        assert_eq!(meter.check(100_000), Ok(()));
        assert_eq!(meter.check(100_001), Err(Fault::Expands { ratio: 100 }));
        assert_eq!(Meter::new(u64::MAX, None).check(u64::MAX), Ok(()));
    }

    #[test]
    fn the_first_fault_stays() {
        let meter = Meter::new(10, None);
        meter.fail(Fault::TooLong { limit: 10 });
        meter.fail(Fault::Expands { ratio: 1 });
        assert_eq!(meter.fault(), Some(Fault::TooLong { limit: 10 }));
    }

    #[test]
    fn errors_and_problems_have_the_same_status() {
        let meter = Meter::new(10, Some(100));
        for (fault, status) in [
            (Fault::TooLong { limit: 10 }, 413),
            (Fault::Expands { ratio: 100 }, 413),
            (Fault::Broken { coding: Coding::Gzip, how: How::Invalid }, 400),
        ] {
            assert_eq!(fault.problem().status(), status);
            assert_eq!(Problem::from(fault.error(&meter)).status(), status);
        }
    }
}
