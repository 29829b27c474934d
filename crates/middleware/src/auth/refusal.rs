//! [`Refusal`]: why credentials did not do.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderValue, StatusCode, header};
use hyperserve_core::{BoxError, Problem};

use super::Challenge;

/// Why credentials did not do, and with that the status of the answer.
#[derive(Debug)]
#[must_use]
pub struct Refusal {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Wrong(Cow<'static, str>),
    Malformed(Cow<'static, str>),
    Busy,
    Unavailable(BoxError),
}

impl Refusal {
    /// They are not those of anybody, or no longer: 401. Clients see `detail`.
    pub fn wrong(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: Kind::Wrong(detail.into()) }
    }

    /// They cannot be read: 400. Clients see `detail`.
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: Kind::Malformed(detail.into()) }
    }

    /// Too many are being checked: 503, to come back in a second.
    pub const fn busy() -> Self {
        Self { kind: Kind::Busy }
    }

    /// They cannot be checked, as what they are checked with cannot be reached: 503. The cause is logged; clients do not
    /// see it.
    pub fn unavailable(cause: impl Into<BoxError>) -> Self {
        Self { kind: Kind::Unavailable(cause.into()) }
    }

    /// The status it is answered with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Wrong(_) => StatusCode::UNAUTHORIZED,
            Kind::Malformed(_) => StatusCode::BAD_REQUEST,
            Kind::Busy | Kind::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The answer; `before` are challenges of layers further out.
    pub(super) fn into_problem(self, challenge: &Challenge, before: &[HeaderValue]) -> Problem {
        let problem = Problem::new(self.status());
        match self.kind {
            Kind::Wrong(detail) => {
                let own = challenge.value_for("invalid_token", &detail);
                let problem = challenged(problem, before);
                problem.with_header(header::WWW_AUTHENTICATE, own).with_detail(detail)
            }
            Kind::Malformed(detail) => {
                let own = challenge.value_for("invalid_request", &detail);
                problem.with_header(header::WWW_AUTHENTICATE, own).with_detail(detail)
            }
            Kind::Busy => later(problem, "1", "Too many logins are under way."),
            Kind::Unavailable(cause) => {
                later(problem, "5", "Credentials cannot be checked at the moment.").with_cause(cause)
            }
        }
    }
}

/// A problem with the challenges of layers further out.
pub(super) fn challenged(problem: Problem, before: &[HeaderValue]) -> Problem {
    before.iter().fold(problem, |problem, value| problem.with_header(header::WWW_AUTHENTICATE, value.clone()))
}

fn later(problem: Problem, seconds: &'static str, detail: &'static str) -> Problem {
    problem.with_header(header::RETRY_AFTER, seconds).with_detail(detail)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Wrong(detail) | Kind::Malformed(detail) => f.write_str(detail),
            Kind::Busy => f.write_str("too many logins are under way"),
            Kind::Unavailable(cause) => write!(f, "credentials cannot be checked: {cause}"),
        }
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Unavailable(cause) => Some(&**cause),
            Kind::Wrong(_) | Kind::Malformed(_) | Kind::Busy => None,
        }
    }
}
