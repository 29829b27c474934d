//! Part: the server's own figures once a second, as server-sent events. Who lost the connection gets what was missed.

mod pulse;
mod requests;
mod tick;

use futures_util::stream;
use hyperserve::core::BoxError;
use hyperserve::prelude::*;

use self::pulse::Viewer;
use crate::Showcase;
use crate::part::{Part, source};

pub(crate) use self::pulse::Pulse;

pub(crate) const PART: Part = Part {
    name: "ticker",
    link: "Live",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[
        source!("ticker/mod.rs"),
        source!("ticker/pulse.rs"),
        source!("ticker/tick.rs"),
        source!("ticker/requests.rs"),
    ],
};

pub(crate) fn routes() -> Router<Showcase> {
    Router::new().route("/api/ticker", get(watch)).route("/api/ping", get(ping))
}

/// Never ends by itself; when the server drains it ends with a whole last event.
async fn watch(State(pulse): State<Pulse>, LastEventId(seen): LastEventId) -> impl IntoResponse {
    Sse::new(stream::unfold(pulse.join(seen.as_deref()), next))
}

async fn next(mut viewer: Viewer) -> Option<(Result<Event, BoxError>, Viewer)> {
    let (id, tick) = viewer.next().await;
    let event = Event::new().event("tick").id(id).json_data(&tick);
    Some((event, viewer))
}

/// The least that can be answered: what the button sends a thousand times.
async fn ping() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests;
