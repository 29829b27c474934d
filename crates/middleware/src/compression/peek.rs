//! Looking at what a body of unknown length has ready, without waiting.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError};

pub(super) enum Peeked {
    /// The whole body, which is shorter than the minimum.
    Short(Body),
    /// The body goes on, or may; this is what was taken out of it.
    Long(Bytes),
}

/// Takes what is ready until it is `minimum` bytes or the body ends.
pub(super) fn peek(body: &mut Body, minimum: usize, cx: &mut Context<'_>) -> Peeked {
    let mut taken = BytesMut::new();
    loop {
        match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Pending => return Peeked::Long(taken.freeze()),
            Poll::Ready(None) => return Peeked::Short(Body::from(taken.freeze())),
            Poll::Ready(Some(Err(error))) => return Held::body(taken, Err(error)),
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) if taken.is_empty() && data.len() >= minimum => return Peeked::Long(data),
                Ok(data) => taken.extend_from_slice(&data),
                Err(trailers) => return Held::body(taken, Ok(trailers)),
            },
        }
        if taken.len() >= minimum {
            return Peeked::Long(taken.freeze());
        }
    }
}

/// A short body that ends with trailers or an error.
struct Held {
    data: Bytes,
    last: Option<Result<Frame<Bytes>, BodyError>>,
}

impl Held {
    fn body(data: BytesMut, last: Result<Frame<Bytes>, BodyError>) -> Peeked {
        Peeked::Short(Body::new(Self { data: data.freeze(), last: Some(last) }))
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.data.is_empty() {
            return Poll::Ready(self.last.take());
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.data)))))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_empty() && self.last.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::script::{Script, Step};
    use super::*;
    use std::task::Waker;

    fn peeked(steps: Vec<Step>) -> (Peeked, Body) {
        let mut body = Body::new(Script::new(steps));
        let peeked = peek(&mut body, 10, &mut Context::from_waker(Waker::noop()));
        (peeked, body)
    }

    fn long(steps: Vec<Step>) -> Bytes {
        match peeked(steps).0 {
            Peeked::Long(taken) => taken,
            Peeked::Short(body) => panic!("{body:?}"),
        }
    }

    fn short(steps: Vec<Step>) -> Body {
        match peeked(steps).0 {
            Peeked::Short(body) => body,
            Peeked::Long(taken) => panic!("{taken:?}"),
        }
    }

    #[test]
    fn what_is_ready_decides() {
        assert_eq!(long(vec![Step::Data("0123456789")]), "0123456789");
        assert_eq!(
            long(vec![Step::Data("01234"), Step::Data("567890"), Step::Data("never asked")]),
            "01234567890"
        );
        assert_eq!(long(vec![Step::Data("01234"), Step::Wait, Step::Data("5")]), "01234");
        assert_eq!(long(vec![Step::Wait]), "");
        for (steps, expected) in [
            (vec![Step::Data("01234"), Step::Data("5678")], Some(9)),
            (vec![], Some(0)),
            (vec![Step::Data("01234"), Step::Trailers], None),
            (vec![Step::Fail], None),
        ] {
            assert_eq!(short(steps).size_hint().exact(), expected);
        }
    }

    #[tokio::test]
    async fn a_short_body_keeps_its_end() {
        let mut cx = Context::from_waker(Waker::noop());
        let mut body = short(vec![Step::Data("01234"), Step::Trailers]);
        let mut next = || Pin::new(&mut body).poll_frame(&mut cx);
        assert!(matches!(next(), Poll::Ready(Some(Ok(frame))) if frame.is_data()));
        assert!(matches!(next(), Poll::Ready(Some(Ok(frame))) if frame.is_trailers()));
        assert!(matches!(next(), Poll::Ready(None)));
        assert!(body.is_end_stream());
        assert!(short(vec![Step::Data("01234"), Step::Fail]).collect(100).await.is_err());
    }
}
