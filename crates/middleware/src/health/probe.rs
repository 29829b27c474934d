//! [`Probe`]: which of the three is asked.

use http::Method;
use hyperserve_core::Request;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    Live,
    Ready,
    Health,
}

impl Probe {
    /// A slash at the end is no other resource.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path.strip_suffix('/').unwrap_or(path) {
            "/livez" => Some(Self::Live),
            "/readyz" => Some(Self::Ready),
            "/healthz" => Some(Self::Health),
            _ => None,
        }
    }

    /// What is said when all is well.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Live => "alive",
            Self::Ready => "ready",
            Self::Health => "healthy",
        }
    }
}

pub(super) fn may_probe<B>(request: &Request<B>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}
