//! A request body of unknown length, which fails once it is too long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError};

#[derive(Debug)]
pub(super) struct LimitedBody {
    /// None once it is too long.
    body: Option<Body>,
    left: u64,
    exceeded: Exceeded,
    refused: Arc<AtomicU64>,
}

/// Whether a body was too long, for who answers the request.
#[derive(Clone, Debug)]
pub(super) struct Exceeded {
    limit: u64,
    flag: Arc<AtomicBool>,
}

impl Exceeded {
    /// Why the body failed, if it did.
    pub(super) fn error(&self) -> Option<BodyError> {
        self.flag.load(Ordering::Relaxed).then(|| BodyError::too_large(self.limit))
    }
}

impl LimitedBody {
    pub(super) fn new(body: Body, limit: u64, refused: &Arc<AtomicU64>) -> (Self, Exceeded) {
        let exceeded = Exceeded { limit, flag: Arc::default() };
        let limited =
            Self { body: Some(body), left: limit, exceeded: exceeded.clone(), refused: Arc::clone(refused) };
        (limited, exceeded)
    }

    fn fail(&mut self) -> BodyError {
        self.body = None;
        if !self.exceeded.flag.swap(true, Ordering::Relaxed) {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        BodyError::too_large(self.exceeded.limit)
    }
}

impl HttpBody for LimitedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(Some(Err(this.fail()))) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            match this.left.checked_sub(length) {
                Some(left) => this.left = left,
                None => return Poll::Ready(Some(Err(this.fail()))),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_some_and(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_core::Stream;

    use super::*;

    /// So many blocks of two bytes.
    struct Blocks(usize);

    impl Stream for Blocks {
        type Item = Result<&'static str, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0 = self.0.saturating_sub(1);
            Poll::Ready((self.0 > 0).then_some(Ok("xx")))
        }
    }

    async fn read(blocks: usize, limit: u64) -> (Result<Bytes, BodyError>, bool, u64) {
        let refused = Arc::default();
        let (body, exceeded) = LimitedBody::new(Body::from_stream(Blocks(blocks + 1)), limit, &refused);
        let read = Body::new(body).collect(100).await;
        (read, exceeded.error().is_some(), refused.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_body_may_have_as_many_bytes_as_the_limit_says() {
        let (read, exceeded, refused) = read(3, 6).await;
        assert_eq!((&read.unwrap()[..], exceeded, refused), (&b"xxxxxx"[..], false, 0));
    }

    #[tokio::test]
    async fn one_byte_more_is_an_error() {
        let (read, exceeded, refused) = read(3, 5).await;
        assert!(read.unwrap_err().is_too_large() && exceeded);
        assert_eq!(refused, 1);
    }

    #[tokio::test]
    async fn what_failed_goes_on_failing() {
        let (mut body, _) = LimitedBody::new(Body::from_stream(Blocks(9)), 1, &Arc::default());
        for _ in 0..3 {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
            assert!(frame.unwrap().unwrap_err().is_too_large());
            assert!(!body.is_end_stream());
        }
    }
}
