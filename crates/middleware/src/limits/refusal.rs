//! What a request gets for which there is no room: 503 with `Retry-After` (RFC 9110 §15.6.4).

use std::time::Duration;

use http::StatusCode;
use http::header::RETRY_AFTER;
use hyperserve_core::{IntoResponse as _, Problem, Response};

use crate::retry_after::retry_after;

/// What `Retry-After` says unless told otherwise: what is too much now may be over in a moment.
pub(super) const RETRY: Duration = Duration::from_secs(1);

pub(super) fn refuse(after: Duration) -> Response {
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .with_detail("The service has as many requests in work as it takes. Try again in a moment.");
    match retry_after(after) {
        Some(seconds) => problem.with_header(RETRY_AFTER, seconds),
        None => problem,
    }
    .into_response()
}
