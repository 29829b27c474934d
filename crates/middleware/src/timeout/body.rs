//! A streamed response body that breaks off when it is silent, or goes on, for too long.

use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError, EndsOnShutdown, FileStretch, Response, SendFile};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::future::is_over;
use super::settings::Settings;
use crate::counted::Counted;

pin_project! {
    pub(super) struct TimedBody {
        // None once it is broken off.
        body: Option<Body>,
        // When the whole body is to have ended.
        end: Option<Instant>,
        // Since when it keeps silent.
        silent_since: Option<Instant>,
        // Never later than what is due: it is set anew only when it has elapsed, not for every part of the body.
        #[pin]
        sleep: Option<Sleep>,
        settings: Counted<Settings>,
    }
}

impl TimedBody {
    /// Times the body, if it is streamed and is to end.
    pub(super) fn time(mut response: Response, settings: Option<Counted<Settings>>) -> Response {
        let timed = settings.filter(|settings| settings.times_bodies() && is_timed(&response));
        if let Some(settings) = timed {
            let body = Some(std::mem::take(response.body_mut()));
            let end = after(Instant::now(), settings.body_total);
            let timed = Self { body, end, silent_since: None, sleep: None, settings };
            *response.body_mut() = Body::of_file(timed);
        }
        response
    }
}

fn is_timed(response: &Response) -> bool {
    response.body().as_bytes().is_none()
        && response.status() != StatusCode::SWITCHING_PROTOCOLS
        && response.extensions().get::<EndsOnShutdown>().is_none()
        && !is_event_stream(response)
}

fn is_event_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    let essence = kind.split(|&byte| byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"text/event-stream")
}

/// None when the bound is off, or too far away to ever come.
fn after(start: Instant, bound: Duration) -> Option<Instant> {
    if bound.is_zero() { None } else { start.checked_add(bound) }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.as_mut().project();
        let Some(body) = this.body else { return Poll::Ready(Some(Err(expired()))) };
        // A body that always has more at hand is never waited for.
        if this.end.is_some_and(|end| end <= Instant::now()) {
            return self.break_off("the body took too long");
        }
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) {
            *this.silent_since = None;
            return Poll::Ready(frame);
        }
        if self.as_mut().poll_silence(cx) {
            return self.break_off("the body fell silent");
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_some_and(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl SendFile for TimedBody {
    fn next_stretch(self: Pin<&mut Self>, most: u64) -> Option<FileStretch> {
        let this = self.project();
        if this.end.is_some_and(|end| end <= Instant::now()) {
            // Whoever polls it hears of that.
            return None;
        }
        let stretch = this.body.as_mut()?.next_stretch(most)?;
        *this.silent_since = None;
        Some(stretch)
    }
}

impl TimedBody {
    /// Whether the wait has been too long.
    fn poll_silence(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let mut this = self.project();
        let since = *this.silent_since.get_or_insert_with(Instant::now);
        let due = match (after(since, this.settings.body_idle), *this.end) {
            (Some(idle), Some(end)) => idle.min(end),
            (Some(due), None) | (None, Some(due)) => due,
            (None, None) => return false,
        };
        if this.sleep.is_none() {
            this.sleep.set(Some(sleep_until(due)));
        }
        while let Some(mut sleep) = this.sleep.as_mut().as_pin_mut() {
            if !is_over(sleep.as_mut(), cx) {
                return false;
            }
            if due <= Instant::now() {
                return true;
            }
            sleep.reset(due);
        }
        false
    }

    fn break_off(self: Pin<&mut Self>, why: &str) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.project();
        *this.body = None;
        this.settings.counters.broken.fetch_add(1, Ordering::Relaxed);
        tracing::warn!("{why}; the response is broken off");
        Poll::Ready(Some(Err(expired())))
    }
}

fn expired() -> BodyError {
    BodyError::new(io::Error::new(io::ErrorKind::TimedOut, "the response body took too long"))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::Future as _;
    use std::sync::Arc;

    use futures_core::Stream;
    use tokio::time::sleep;

    use super::*;
    use crate::timeout::TimeoutLayer;

    const SECOND: Duration = Duration::from_secs(1);

    /// Gives a part after each of these waits, and then nothing more.
    struct Parts {
        waits: VecDeque<Duration>,
        sleep: Pin<Box<Sleep>>,
    }

    impl Parts {
        fn after(waits: impl IntoIterator<Item = u64>) -> Self {
            let mut waits: VecDeque<_> = waits.into_iter().map(Duration::from_secs).collect();
            let first = waits.pop_front().unwrap_or(Duration::MAX);
            Self { waits, sleep: Box::pin(sleep(first)) }
        }
    }

    impl Stream for Parts {
        type Item = Result<&'static str, io::Error>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            std::task::ready!(self.sleep.as_mut().poll(cx));
            let next = self.waits.pop_front().unwrap_or(Duration::MAX);
            self.sleep = Box::pin(sleep(next));
            Poll::Ready(Some(Ok("part")))
        }
    }

    fn timed(layer: &TimeoutLayer, response: Response) -> Response {
        TimedBody::time(response, Some(Counted::new(Arc::clone(&layer.settings))))
    }

    /// How many parts came, whether the body was broken off, and after which time.
    async fn read(layer: &TimeoutLayer, parts: Parts) -> (usize, bool, u64) {
        let began = Instant::now();
        let mut body = timed(layer, Response::new(Body::from_stream(parts))).into_body();
        let mut count = 0;
        loop {
            let next = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx));
            match tokio::time::timeout(SECOND * 3600, next).await {
                Ok(Some(Ok(_))) => count += 1,
                Ok(Some(Err(error))) => {
                    assert!(error.is_timed_out() && !body.is_end_stream());
                    return (count, true, began.elapsed().as_secs());
                }
                Ok(None) | Err(_) => return (count, false, began.elapsed().as_secs()),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_breaks_a_body_off() {
        let layer = TimeoutLayer::new().with_body_idle(SECOND * 10);
        assert_eq!(read(&layer, Parts::after([])).await, (0, true, 10));
        assert_eq!(read(&layer, Parts::after([9, 0, 9, 9])).await, (4, true, 37));
        assert_eq!(read(&layer, Parts::after([2, 11])).await, (1, true, 12));
        assert_eq!(layer.handle().broken_bodies(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_body_has_its_time() {
        let layer = TimeoutLayer::new().with_body_total(SECOND * 10);
        assert_eq!(read(&layer, Parts::after([4, 4, 4])).await, (2, true, 10));
        let both = layer.with_body_idle(SECOND * 3);
        assert_eq!(read(&both, Parts::after([2, 2, 2, 2, 2])).await, (4, true, 10));
        assert_eq!(read(&both, Parts::after([2, 4])).await, (1, true, 5));
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_asks_does_not_count_as_silence() {
        let layer = TimeoutLayer::new().with_body_idle(SECOND * 10);
        let response = Response::new(Body::from_stream(Parts::after([1, 1, 1])));
        let mut body = timed(&layer, response).into_body();
        for _ in 0..3 {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
            assert!(frame.unwrap().is_ok());
            sleep(SECOND * 60).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_always_has_more_ends_in_time_too() {
        let layer = TimeoutLayer::new().with_body_total(SECOND * 10);
        let response = Response::new(Body::from_stream(Parts::after([0; 100])));
        let mut body = timed(&layer, response).into_body();
        let mut count = 0;
        while std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.unwrap().is_ok() {
            count += 1;
            sleep(SECOND * 3).await;
        }
        assert_eq!(count, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_whole_or_has_no_end_is_left_alone() {
        let layer = TimeoutLayer::new().with_body_idle(SECOND);
        let untimed = |response: Response| {
            let timed = timed(&layer, response);
            assert_eq!(Arc::strong_count(&layer.settings), 1);
            timed
        };
        assert!(untimed(Response::new(Body::from("whole"))).body().as_bytes().is_some());
        let stream = || Response::new(Body::from_stream(Parts::after([])));
        let mut marked = stream();
        marked.extensions_mut().insert(EndsOnShutdown);
        let mut events = stream();
        events.headers_mut().insert(CONTENT_TYPE, "Text/Event-Stream; charset=utf-8".parse().unwrap());
        let mut tunnel = stream();
        *tunnel.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        for response in [marked, events, tunnel] {
            untimed(response);
        }
    }
}
