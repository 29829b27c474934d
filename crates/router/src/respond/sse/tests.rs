//! Event streams as responses: headers, keep-alive, ends.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use hyperserve_core::{Body, BodyError, EndsOnShutdown, IntoResponse, ShutdownTrigger};

use super::{Event, KeepAlive, Sse};

/// Gives its items and then, unless it ends, nothing for ever.
struct Script {
    items: VecDeque<Result<Event, io::Error>>,
    ends: bool,
}

impl Stream for Script {
    type Item = Result<Event, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.items.pop_front() {
            None if !self.ends => Poll::Pending,
            item => Poll::Ready(item),
        }
    }
}

fn ending(items: impl IntoIterator<Item = Result<Event, io::Error>>) -> Script {
    Script { items: items.into_iter().collect(), ends: true }
}

fn endless(data: &[&str]) -> Script {
    Script { items: data.iter().map(|data| Ok(Event::new().data(data))).collect(), ends: false }
}

async fn next(body: &mut Body) -> Option<Result<Bytes, BodyError>> {
    let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap()))
}

fn poll_now(body: &mut Body) -> Poll<Option<Bytes>> {
    let frame = Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()));
    frame.map(|frame| frame.map(|frame| frame.unwrap().into_data().unwrap()))
}

fn often() -> KeepAlive {
    KeepAlive::new().with_interval(Duration::from_millis(1))
}

#[test]
fn the_answer_says_what_it_is_and_needs_no_runtime() {
    let mut response = Sse::new(endless(&["a"])).into_response();
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers.len(), 3);
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-cache");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(response.extensions().get::<EndsOnShutdown>().is_some());
    assert_eq!(poll_now(response.body_mut()), Poll::Ready(Some("data: a\n\n".into())));
}

#[tokio::test]
async fn events_without_fields_are_not_sent_and_the_stream_ends() {
    let events = ending([Ok(Event::new().data("a")), Ok(Event::new()), Ok(Event::new().id("2"))]);
    let body = Sse::new(events).into_response().into_body();
    assert_eq!(body.collect(100).await.unwrap(), "data: a\n\nid: 2\n\n");
}

#[tokio::test]
async fn an_error_cuts_the_stream() {
    let events = ending([Ok(Event::new().data("a")), Err(io::Error::other("no")), Ok(Event::new())]);
    let mut body = Sse::new(events).into_response().into_body();
    assert!(next(&mut body).await.unwrap().is_ok());
    assert!(next(&mut body).await.unwrap().is_err());
    assert!(next(&mut body).await.is_none());
}

#[tokio::test]
async fn a_quiet_stream_sends_comments_again_and_again() {
    let mut body = Sse::new(endless(&["a"])).with_keep_alive(often()).into_response().into_body();
    assert_eq!(next(&mut body).await.unwrap().unwrap(), "data: a\n\n");
    for _ in 0..3 {
        assert_eq!(next(&mut body).await.unwrap().unwrap(), ":\n\n");
    }
    let named = often().with_text("still\nhere");
    let mut body = Sse::new(endless(&[])).with_keep_alive(named).into_response().into_body();
    assert_eq!(next(&mut body).await.unwrap().unwrap(), ": still\n: here\n\n");
}

#[tokio::test]
async fn keep_alive_can_be_switched_off() {
    for sse in [
        Sse::new(endless(&[])).without_keep_alive(),
        Sse::new(endless(&[])).with_keep_alive(KeepAlive::new().with_interval(Duration::ZERO)),
        Sse::new(endless(&[])).with_keep_alive(KeepAlive::new().with_interval(Duration::MAX)),
    ] {
        let mut body = sse.into_response().into_body();
        let waited = tokio::time::timeout(Duration::from_millis(5), next(&mut body)).await;
        assert!(waited.is_err());
    }
}

#[tokio::test]
async fn shutdown_ends_the_stream_quietly() {
    let (trigger, shutdown) = ShutdownTrigger::new();
    let mut body = Sse::new(endless(&["a"])).with_shutdown(shutdown).into_response().into_body();
    assert_eq!(next(&mut body).await.unwrap().unwrap(), "data: a\n\n");
    assert!(poll_now(&mut body).is_pending());
    trigger.trigger();
    assert!(next(&mut body).await.is_none());
}
