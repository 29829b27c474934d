//! Server-sent events: `/sse` of `spec/app.md`.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use hyperserve_router::{Event, KeepAlive, LastEventId, Router, Sse, get};
use serde_json::json;
use tokio::time::{Sleep, sleep};

use super::reply;

/// The events that `/sse/resume` has.
const LAST: u64 = 5;

pub(super) fn router() -> Router {
    Router::new()
        .route("/events", get(async || Sse::new(Events::at_once(events()))))
        .route("/resume", get(resume))
        .route("/keep-alive", get(async || Sse::new(late()).with_keep_alive(keep_alive())))
        .route("/open", get(async || Sse::new(open())))
        .route("/last-id", get(async |LastEventId(id): LastEventId| reply(json!({ "last": id }))))
}

/// One event of each kind, and those that are hard to write.
fn events() -> Vec<Event> {
    vec![
        Event::new().comment("hello"),
        Event::new().data("plain"),
        Event::new().id("1").event("named").data("with all").retry(Duration::from_millis(2500)),
        Event::new().data("one\ntwo\r\nthree\rfour"),
        Event::new().data(""),
        Event::new().data(" leading space"),
        Event::new().comment("two\nlines"),
        Event::new().event("bad\nname").data("name left out"),
        Event::new().id("bad\0id").data("id left out"),
        Event::new().data(json!({ "n": 1, "text": "a\nb" }).to_string()),
    ]
}

async fn resume(LastEventId(id): LastEventId) -> Sse<Events> {
    let seen = id.and_then(|id| id.parse().ok()).unwrap_or(0);
    let event = |n: u64| Event::new().id(n.to_string()).data(format!("event {n}"));
    Sse::new(Events::at_once((seen + 1..=LAST).map(event).collect()))
}

fn keep_alive() -> KeepAlive {
    KeepAlive::new().with_interval(Duration::from_millis(50)).with_text("still here")
}

/// Quiet for a while, then one event and the end.
fn late() -> Events {
    Events { first_after: Duration::from_millis(300), ..Events::at_once(vec![Event::new().data("late")]) }
}

/// One event, and no end.
fn open() -> Events {
    Events { ends: false, ..Events::at_once(vec![Event::new().data("open")]) }
}

/// Events that are all there.
struct Events {
    left: VecDeque<Event>,
    /// Waited before the first.
    first_after: Duration,
    wait: Option<Pin<Box<Sleep>>>,
    /// Whether the stream ends behind the last.
    ends: bool,
}

impl Events {
    fn at_once(events: Vec<Event>) -> Self {
        Self { left: events.into(), first_after: Duration::ZERO, wait: None, ends: true }
    }
}

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let first_after = self.first_after;
        ready!(self.wait.get_or_insert_with(|| Box::pin(sleep(first_after))).as_mut().poll(context));
        match self.left.pop_front() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None if self.ends => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}
