//! Adapters between [`Body`], streams of bytes and other body types.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;

use super::{Body, BodyError};
use crate::BoxError;

type PollFrame = Poll<Option<Result<Frame<Bytes>, BodyError>>>;

/// Polls what the connection delivers; an end before the declared length (RFC 9112 §8, RFC 9113 §8.1.1) or,
/// on HTTP/2, before END_STREAM is an error and not a short body.
pub(super) fn poll_incoming(incoming: &mut Incoming, h2: bool, cx: &mut Context<'_>) -> PollFrame {
    match ready!(Pin::new(&mut *incoming).poll_frame(cx)) {
        Some(Ok(frame)) => Poll::Ready(Some(Ok(frame))),
        Some(Err(error)) if h2 => Poll::Ready(Some(Err(BodyError::stream_cut(error)))),
        Some(Err(error)) => Poll::Ready(Some(Err(BodyError::new(error)))),
        None if incoming.size_hint().lower() > 0 || (h2 && !incoming.is_end_stream()) => {
            Poll::Ready(Some(Err(BodyError::new(io::Error::from(io::ErrorKind::UnexpectedEof)))))
        }
        None => Poll::Ready(None),
    }
}

pin_project! {
    /// A foreign body with its error type made ours.
    pub(super) struct Erased<B> {
        #[pin]
        body: B,
    }
}

impl<B> Erased<B> {
    pub(super) const fn new(body: B) -> Self {
        Self { body }
    }
}

impl<B> HttpBody for Erased<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> PollFrame {
        self.project().body.poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(BodyError::new)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pin_project! {
    /// A stream of blocks as a body; fused, so polling past the end is harmless.
    pub(super) struct FromStream<S> {
        #[pin]
        stream: S,
        ended: bool,
    }
}

impl<S> FromStream<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream, ended: false }
    }
}

impl<S, T, E> HttpBody for FromStream<S>
where
    S: Stream<Item = Result<T, E>>,
    T: Into<Bytes>,
    E: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> PollFrame {
        let mut this = self.project();
        while !*this.ended {
            match ready!(this.stream.as_mut().poll_next(cx)) {
                Some(Ok(data)) => {
                    let data = data.into();
                    if !data.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                }
                Some(Err(error)) => {
                    *this.ended = true;
                    return Poll::Ready(Some(Err(BodyError::new(error))));
                }
                None => *this.ended = true,
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}

/// The data of a [`Body`] as a stream; made by [`Body::into_data_stream`].
#[derive(Debug)]
#[must_use]
pub struct BodyDataStream {
    body: Body,
}

impl BodyDataStream {
    pub(super) const fn new(body: Body) -> Self {
        Self { body }
    }
}

impl Stream for BodyDataStream {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }
}
