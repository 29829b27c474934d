//! Part: the server's own figures once a second, as server-sent events. Who lost the connection gets what was missed.

mod pulse;
mod requests;
mod tick;

use futures_util::stream;
use hyperserve::core::BoxError;
use hyperserve::prelude::*;
use serde::Serialize;

use self::pulse::Viewer;
use self::tick::Tick;
use crate::Showcase;
use crate::files::Shelf;
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
async fn watch(
    State(pulse): State<Pulse>,
    State(shelf): State<Shelf>,
    LastEventId(seen): LastEventId,
) -> impl IntoResponse {
    Sse::new(stream::unfold((pulse.join(seen.as_deref()), shelf), next))
}

/// What an event says.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    tick: Tick,
    /// Another number whenever visitors left other files.
    files: u64,
}

async fn next((mut viewer, shelf): (Viewer, Shelf)) -> Option<(Result<Event, BoxError>, (Viewer, Shelf))> {
    let (id, tick) = viewer.next().await;
    let event = Event::new().event("tick").id(id).json_data(&Told { tick, files: shelf.changes() });
    Some((event, (viewer, shelf)))
}

/// The least that can be answered: what the button sends a thousand times.
async fn ping() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests;
