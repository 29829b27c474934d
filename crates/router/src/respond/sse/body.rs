//! The body of an event stream: events as they come, comments while none does.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Event, KeepAlive};

pin_project! {
    /// The bytes of the events of a stream. No event costs a timer: the one there is looks, when it fires, whether
    /// the stream was quiet for long enough, and otherwise sleeps on for what is left.
    pub(super) struct EventBytes<S> {
        #[pin]
        events: S,
        keep_alive: Option<KeepAlive>,
        // Made when the stream is quiet for the first time, so that making the response needs no runtime.
        #[pin]
        timer: Option<Sleep>,
        quiet_since: Option<Instant>,
    }
}

impl<S> EventBytes<S> {
    pub(super) fn new(events: S, keep_alive: Option<KeepAlive>) -> Self {
        let keep_alive = keep_alive.filter(|keep_alive| !keep_alive.interval().is_zero());
        Self { events, keep_alive, timer: None, quiet_since: None }
    }

    /// Ready when the stream has been quiet for the interval.
    fn poll_quiet(self: Pin<&mut Self>, interval: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let since = *this.quiet_since.get_or_insert_with(Instant::now);
        // An interval past the end of the clock never ends.
        let Some(due) = since.checked_add(interval) else { return Poll::Pending };
        if this.timer.is_none() {
            this.timer.set(Some(sleep_until(due)));
        }
        let Some(mut timer) = this.timer.as_pin_mut() else { return Poll::Pending };
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
    }
}

impl<S, E> Stream for EventBytes<S>
where
    S: Stream<Item = Result<Event, E>>,
{
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.as_mut().project();
        if let Poll::Ready(event) = this.events.poll_next(cx) {
            *this.quiet_since = None;
            return Poll::Ready(event.map(|event| event.map(Event::into_bytes)));
        }
        let Some(keep_alive) = this.keep_alive else { return Poll::Pending };
        let interval = keep_alive.interval();
        ready!(self.as_mut().poll_quiet(interval, cx));
        let this = self.project();
        *this.quiet_since = None;
        Poll::Ready(this.keep_alive.as_ref().map(|keep_alive| Ok(keep_alive.comment())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::task::Waker;

    /// Gives an event for each that was put in, and otherwise waits.
    struct Counted(usize);

    impl Stream for Counted {
        type Item = Result<Event, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            let Some(left) = self.0.checked_sub(1) else { return Poll::Pending };
            self.0 = left;
            Poll::Ready(Some(Ok(Event::new().data("x"))))
        }
    }

    /// The clock is not waited for: the timer is put where it would be.
    #[tokio::test]
    async fn an_event_puts_the_comment_off() {
        let interval = KeepAlive::new().interval();
        let mut cx = Context::from_waker(Waker::noop());
        let mut bytes = Box::pin(EventBytes::new(Counted(1), Some(KeepAlive::new())));
        let begun = Instant::now();
        assert!(bytes.as_mut().poll_next(&mut cx).is_ready());
        assert!(bytes.timer.is_none(), "a stream that is not quiet needs no timer");
        assert!(bytes.as_mut().poll_next(&mut cx).is_pending());
        assert!(bytes.timer.as_ref().unwrap().deadline() >= begun + interval);

        // The timer of the silence before fires, but an event came in between.
        let fired = begun.checked_sub(Duration::from_secs(1)).unwrap();
        bytes.as_mut().project().timer.set(Some(sleep_until(fired)));
        bytes.as_mut().project().events.get_mut().0 = 1;
        assert!(bytes.as_mut().poll_next(&mut cx).is_ready());
        assert!(bytes.as_mut().poll_next(&mut cx).is_pending());
        assert!(bytes.timer.as_ref().unwrap().deadline() >= begun + interval);

        // And it fires with no event in between.
        bytes.as_mut().project().timer.set(Some(sleep_until(fired)));
        *bytes.as_mut().project().quiet_since = begun.checked_sub(interval);
        let comment = std::future::poll_fn(|cx| bytes.as_mut().poll_next(cx)).await;
        assert_eq!(comment.unwrap().unwrap(), ":\n\n");
        assert!(bytes.as_mut().poll_next(&mut cx).is_pending(), "one comment an interval");
    }
}
