//! [`Body::until`]: a body that ends when the server shuts down, and the mark by which a response asks for it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{Body, BodyError, Kind};
use crate::Shutdown;

/// A mark in a response's extensions: the body never ends by itself, so it is to end when the server shuts down.
///
/// Event streams carry it. A server that finds it answers with [`Body::until`] of its own shutdown token, and
/// knows that a quiet body is not a stalled one.
///
/// ```
/// use hyperserve_core::{Body, EndsOnShutdown, Response};
///
/// let mut response = Response::new(Body::empty());
/// response.extensions_mut().insert(EndsOnShutdown);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndsOnShutdown;

impl Body {
    /// The same body, ended quietly once `shutdown` is announced.
    ///
    /// The message stays whole: HTTP/1.1 gets its last chunk (RFC 9112 §7.1), HTTP/2 its END_STREAM. A frame that is
    /// ready when the announcement is seen is still sent, so a stream that awaits the same token can say goodbye.
    /// A body of known length is returned as it is, since it ends by itself and must not end short.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use hyperserve_core::{Body, BodyError, ShutdownTrigger};
    /// # use std::{pin::Pin, task::{Context, Poll}};
    /// # struct Silent;
    /// # impl futures_core::Stream for Silent {
    /// #     type Item = Result<&'static str, BodyError>;
    /// #     fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> { Poll::Pending }
    /// # }
    ///
    /// let (trigger, shutdown) = ShutdownTrigger::new();
    /// let endless = Body::from_stream(Silent).until(shutdown);
    /// trigger.trigger();
    /// assert_eq!(endless.collect(100).await.unwrap(), "");
    /// # }
    /// ```
    pub fn until(self, shutdown: Shutdown) -> Self {
        if self.size_hint().exact().is_some() {
            return self;
        }
        let announced = shutdown.triggered();
        Self { kind: Kind::Boxed(Box::pin(Until { body: self, shutdown, announced, ended: false })) }
    }
}

pin_project! {
    struct Until<F> {
        body: Body,
        shutdown: Shutdown,
        // Polled only while the token says that nothing was announced, hence never after it is done.
        #[pin]
        announced: F,
        ended: bool,
    }
}

impl<F: Future<Output = ()>> HttpBody for Until<F> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let mut this = self.project();
        loop {
            if *this.ended {
                return Poll::Ready(None);
            }
            let last = this.shutdown.is_triggered();
            let frame = Pin::new(&mut *this.body).poll_frame(cx);
            *this.ended = last;
            if frame.is_ready() {
                return frame;
            }
            if !last {
                // The body is asked once more afterwards: it may have waited for the same announcement.
                ready!(this.announced.as_mut().poll(cx));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    /// Unknown, even where the body can tell the least it holds: it may end before.
    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShutdownTrigger;
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    use futures_core::Stream;

    /// What a stream gives: a ready item or, for `None`, a wait without end.
    struct Script {
        steps: Vec<Option<&'static str>>,
        /// Given once shutdown is announced, with the token to see that.
        goodbye: Option<(Shutdown, &'static str)>,
    }

    impl Stream for Script {
        type Item = Result<&'static str, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            if self.goodbye.as_ref().is_some_and(|(shutdown, _)| shutdown.is_triggered()) {
                return Poll::Ready(self.goodbye.take().map(|(_, text)| Ok(text)));
            }
            match self.steps.pop() {
                Some(Some(text)) => Poll::Ready(Some(Ok(text))),
                Some(None) | None => Poll::Pending,
            }
        }
    }

    fn script(steps: &[Option<&'static str>]) -> Script {
        Script { steps: steps.iter().rev().copied().collect(), goodbye: None }
    }

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn poll(body: &mut Body, waker: &Waker) -> Poll<Option<Bytes>> {
        let frame = Pin::new(body).poll_frame(&mut Context::from_waker(waker));
        frame.map(|frame| frame.map(|frame| frame.unwrap().into_data().unwrap()))
    }

    #[test]
    fn a_waiting_body_is_woken_and_ends() {
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(Arc::clone(&wakes));
        let (trigger, shutdown) = ShutdownTrigger::new();
        let mut body = Body::from_stream(script(&[Some("a"), None, Some("b")])).until(shutdown);
        assert_eq!(poll(&mut body, &waker), Poll::Ready(Some("a".into())));
        assert!(poll(&mut body, &waker).is_pending());
        assert_eq!(poll(&mut body, &waker), Poll::Ready(Some("b".into())));
        assert!(poll(&mut body, &waker).is_pending());
        assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
        trigger.trigger();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert_eq!(poll(&mut body, &waker), Poll::Ready(None));
        assert_eq!(poll(&mut body, &waker), Poll::Ready(None));
        assert!(body.is_end_stream());
    }

    #[test]
    fn one_ready_frame_is_sent_after_the_announcement_and_no_more() {
        let (trigger, shutdown) = ShutdownTrigger::new();
        let mut body = Body::from_stream(script(&[Some("a"), Some("b"), Some("c")])).until(shutdown);
        assert_eq!(poll(&mut body, Waker::noop()), Poll::Ready(Some("a".into())));
        trigger.trigger();
        assert_eq!(poll(&mut body, Waker::noop()), Poll::Ready(Some("b".into())));
        assert_eq!(poll(&mut body, Waker::noop()), Poll::Ready(None));
    }

    #[test]
    fn a_stream_that_awaits_the_same_token_says_goodbye() {
        let (trigger, shutdown) = ShutdownTrigger::new();
        let mut steps = script(&[]);
        steps.goodbye = Some((shutdown.clone(), "bye"));
        let mut body = Body::from_stream(steps).until(shutdown);
        assert!(poll(&mut body, Waker::noop()).is_pending());
        trigger.trigger();
        assert_eq!(poll(&mut body, Waker::noop()), Poll::Ready(Some("bye".into())));
        assert_eq!(poll(&mut body, Waker::noop()), Poll::Ready(None));
    }

    #[test]
    fn a_body_of_known_length_is_left_alone() {
        let (trigger, shutdown) = ShutdownTrigger::new();
        let mut full = Body::from("abc").until(shutdown.clone());
        assert_eq!(format!("{full:?}"), "Body(3 bytes)");
        assert!(Body::empty().until(shutdown).is_end_stream());
        trigger.trigger();
        assert_eq!(poll(&mut full, Waker::noop()), Poll::Ready(Some("abc".into())));
    }

    #[test]
    fn the_end_of_the_body_itself_is_kept() {
        let ended = Body::from_stream(Ended).until(Shutdown::never());
        assert_eq!((ended.size_hint().lower(), ended.size_hint().upper()), (0, None));
        let mut body = ended;
        assert_eq!(poll(&mut body, Waker::noop()), Poll::Ready(None));
        assert!(body.is_end_stream());
    }

    struct Ended;

    impl Stream for Ended {
        type Item = Result<&'static str, Infallible>;

        fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(None)
        }
    }
}
