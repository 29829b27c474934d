//! What all requests under a timeout share: the durations, the answer, the counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use http::header::RETRY_AFTER;
use hyperserve_core::{IntoResponse as _, Problem, Response};

use crate::Paths;
use crate::retry_after::retry_after;

/// What is answered when there is no response in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeoutStatus {
    /// 503 Service Unavailable: right for a service that answers itself.
    #[default]
    ServiceUnavailable,
    /// 504 Gateway Timeout: right for a service that asks another server.
    GatewayTimeout,
}

impl TimeoutStatus {
    const fn code(self) -> StatusCode {
        match self {
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) head: Duration,
    pub(super) body_idle: Duration,
    pub(super) body_total: Duration,
    pub(super) status: TimeoutStatus,
    pub(super) retry_after: Duration,
    pub(super) exempt: Paths,
    pub(super) counters: Arc<Counters>,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) timeouts: AtomicU64,
    pub(super) broken: AtomicU64,
}

impl Settings {
    pub(super) fn new() -> Self {
        Self {
            head: Duration::from_secs(30),
            body_idle: Duration::ZERO,
            body_total: Duration::ZERO,
            status: TimeoutStatus::default(),
            retry_after: Duration::from_secs(5),
            exempt: Paths::none(),
            counters: Arc::default(),
        }
    }

    pub(super) fn times(&self, path: &str) -> bool {
        (!self.head.is_zero() || self.times_bodies()) && !self.exempt.matches(path)
    }

    pub(super) const fn times_bodies(&self) -> bool {
        !self.body_idle.is_zero() || !self.body_total.is_zero()
    }

    /// The response in place of the one that did not come.
    pub(super) fn give_up(&self) -> Response {
        self.counters.timeouts.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(timeout = ?self.head, "no response was ready in time; the request is given up");
        let problem = Problem::new(self.status.code()).with_detail("No response was ready in time.");
        match retry_after(self.retry_after) {
            Some(seconds) => problem.with_header(RETRY_AFTER, seconds),
            None => problem,
        }
        .into_response()
    }
}
