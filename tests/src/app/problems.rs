//! Problems that an app answers with itself: `/problem` of `spec/app.md`.

use http::StatusCode;
use hyperserve_core::Problem;
use hyperserve_router::{Router, get};

use super::messages;

pub(super) fn router() -> Router {
    Router::new()
        .route("/taken", get(async || taken()))
        .route(
            "/later",
            get(async || Problem::new(StatusCode::SERVICE_UNAVAILABLE).with_header("retry-after", "7")),
        )
        .route(
            "/hidden",
            get(async || Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause("the password is x")),
        )
        .route("/fine", get(async || messages::text("fine")))
}

/// A problem with everything in it, and with what HTML must escape.
fn taken() -> Problem {
    Problem::new(StatusCode::CONFLICT)
        .with_type("https://problems.example/seat-taken")
        .with_title("Seat taken")
        .with_detail("Seat <14C> went to \"somebody\" & co.")
        .with_instance("/seats/14C")
        .with_extension("seat", "14C")
}
