//! A layer of one's own, in the shape that tower gives to a function: `Server-Timing`, which the page shows of each call.

use std::convert::Infallible;
use std::time::Instant;

use hyperserve::prelude::*;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Says in `Server-Timing` (W3C Server Timing §3) how many milliseconds went by until the head of the response was there.
pub(crate) async fn timed(
    answer: impl Future<Output = Result<Response, Infallible>>,
) -> Result<Response, Infallible> {
    let started = Instant::now();
    let mut response = answer.await?;
    let took = format!("app;dur={:.3}", started.elapsed().as_secs_f64() * 1e3);
    if let Ok(value) = HeaderValue::try_from(took) {
        response.headers_mut().insert(SERVER_TIMING, value);
    }
    Ok(response)
}
