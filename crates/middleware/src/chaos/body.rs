//! [`ChaosBody`]: a body that is slow, or breaks off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError};
use tokio::time::{Sleep, sleep};

/// Pieces of a slow body: so many a second.
const PIECES: u32 = 20;

/// A body of unknown length breaks off somewhere before this.
const LATEST_BREAK: f64 = 16_384.0;

#[derive(Debug)]
pub(super) struct ChaosBody {
    body: Body,
    /// Of the last frame, what was not sent yet.
    rest: Bytes,
    /// Bytes a second.
    rate: Option<u32>,
    pause: Option<Pin<Box<Sleep>>>,
    /// Bytes before the break.
    left: Option<u64>,
    /// Whether what goes before the break was given time to leave.
    parted: bool,
}

impl ChaosBody {
    /// With `abort`, the body breaks off after this part of it.
    pub(super) fn new(body: Body, rate: Option<u32>, abort: Option<f64>) -> Self {
        let length = body.size_hint().exact().map_or(LATEST_BREAK, |length| length as f64);
        let left = abort.map(|part| (part * length) as u64);
        Self { body, rest: Bytes::new(), rate, pause: None, left, parted: false }
    }

    /// What may leave now of what waits.
    fn piece(&mut self) -> Bytes {
        let at_once = self.rate.map_or(usize::MAX, |rate| (rate / PIECES).max(1) as usize);
        let before_break = self.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let length = self.rest.len().min(at_once).min(before_break);
        self.left = self.left.map(|left| left - length as u64);
        self.pause =
            self.rate.map(|rate| Box::pin(sleep(Duration::from_secs_f64(length as f64 / f64::from(rate)))));
        self.rest.split_to(length)
    }

    fn breaks(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if !std::mem::replace(&mut self.parted, true) {
            // Whoever writes would throw away what it has not written yet.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let error = io::Error::new(io::ErrorKind::ConnectionAborted, "chaos: the body breaks off on purpose");
        Poll::Ready(Some(Err(BodyError::new(error))))
    }
}

impl HttpBody for ChaosBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
        }
        if this.left == Some(0) {
            return this.breaks(cx);
        }
        while this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                // One that is to break off does so, if it was shorter than thought.
                None if this.left.is_some() => return this.breaks(cx),
                end => return Poll::Ready(end),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(this.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_none() && self.rest.is_empty() && self.body.is_end_stream()
    }

    /// That of the whole body, so that a client can tell that something is missing.
    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let (inner, mut hint) = (self.body.size_hint(), SizeHint::new());
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_whole_and_slow() {
        let body = Body::new(ChaosBody::new(Body::from(vec![b'x'; 3000]), Some(1000), None));
        let start = Instant::now();
        assert_eq!(body.size_hint().exact(), Some(3000));
        assert_eq!(body.collect(4000).await.unwrap().len(), 3000);
        // The last pause is no part of it.
        assert!((2900..=3100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn a_body_breaks_off() {
        let mut body = Body::new(ChaosBody::new(Body::from("0123456789"), None, Some(0.45)));
        let mut frame = async || std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        assert_eq!(frame().await.unwrap().unwrap().into_data().unwrap(), "0123");
        assert!(frame().await.unwrap().unwrap_err().is_disconnected());
    }

    #[tokio::test]
    async fn an_empty_body_breaks_off_too() {
        let body = Body::new(ChaosBody::new(Body::empty(), None, Some(0.9)));
        assert!(!body.is_end_stream());
        assert!(body.collect(10).await.unwrap_err().is_disconnected());
    }
}
