//! [`Body`]: the one body type of requests and responses, with the common kinds unboxed.

mod collect;
mod error;
mod file;
mod stream;
mod until;

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{Empty, Full};
use hyper::body::Incoming;

use crate::BoxError;

pub use self::error::BodyError;
pub use self::file::{FileStretch, SendFile};
pub use self::stream::BodyDataStream;
pub use self::until::EndsOnShutdown;

/// The body of a request or a response.
///
/// It is empty, a block of bytes in memory, what the connection delivers, or any other
/// [`http_body::Body`] in a box, one [of a file](SendFile) among them; only the last kinds allocate. `Body` is `Send` and not `Clone`.
///
/// ```
/// use hyperserve_core::Body;
/// use http_body::Body as _;
///
/// let body = Body::from("hello");
/// assert_eq!(body.size_hint().exact(), Some(5));
/// assert_eq!(body.as_bytes().map(|bytes| &bytes[..]), Some(&b"hello"[..]));
/// ```
#[must_use]
pub struct Body {
    kind: Kind,
}

enum Kind {
    Empty,
    /// Never empty: an empty block is `Kind::Empty`.
    Full(Bytes),
    Incoming(Incoming),
    /// An HTTP/2 body, whose stream must end with END_STREAM and not just stop.
    IncomingH2(Incoming),
    Boxed(Pin<Box<dyn HttpBody<Data = Bytes, Error = BodyError> + Send>>),
    File(Pin<Box<dyn SendFile>>),
}

static NO_BYTES: Bytes = Bytes::new();

impl Body {
    /// A body of no bytes.
    pub const fn empty() -> Self {
        Self { kind: Kind::Empty }
    }

    /// Takes any [`http_body::Body`].
    ///
    /// A `Body`, [`Incoming`], `Full<Bytes>` or `Empty<Bytes>` is recognised and not boxed.
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut slot = Some(body);
        let any: &mut dyn Any = &mut slot;
        if let Some(body) = take::<Self>(any) {
            return body;
        }
        if let Some(incoming) = take::<Incoming>(any) {
            return Self::from(incoming);
        }
        if let Some(full) = take::<Full<Bytes>>(any) {
            return Self::from(full_bytes(full));
        }
        if take::<Empty<Bytes>>(any).is_some() {
            return Self::empty();
        }
        slot.map_or_else(Self::empty, |body| Self { kind: Kind::Boxed(Box::pin(stream::Erased::new(body))) })
    }

    /// A body that sends the items of `stream` as they come.
    ///
    /// Its length is unknown, so HTTP/1.1 sends it chunked. Empty items are skipped.
    pub fn from_stream<S, T, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<T, E>> + Send + 'static,
        T: Into<Bytes> + 'static,
        E: Into<BoxError> + 'static,
    {
        Self { kind: Kind::Boxed(Box::pin(stream::FromStream::new(stream))) }
    }

    /// What a connection of the given version delivers.
    ///
    /// Unlike `Body::from(incoming)` it knows that an HTTP/2 body without a `content-length` which stops before
    /// END_STREAM was cut short (RFC 9113 §8.1), and reports that as an error instead of an early end: hyper ends
    /// the body quietly when the peer resets the stream with NO_ERROR.
    pub fn from_incoming(incoming: Incoming, version: http::Version) -> Self {
        if incoming.is_end_stream() {
            return Self::empty();
        }
        let h2 = version == http::Version::HTTP_2;
        Self { kind: if h2 { Kind::IncomingH2(incoming) } else { Kind::Incoming(incoming) } }
    }

    /// The whole body, if it is in memory: an empty body or one made of bytes.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.kind {
            Kind::Empty => Some(&NO_BYTES),
            Kind::Full(bytes) => Some(bytes),
            Kind::Incoming(_) | Kind::IncomingH2(_) | Kind::Boxed(_) | Kind::File(_) => None,
        }
    }

    /// Takes the whole body out, if it is in memory, and leaves an empty one.
    pub fn take_bytes(&mut self) -> Option<Bytes> {
        match std::mem::replace(&mut self.kind, Kind::Empty) {
            Kind::Empty => Some(Bytes::new()),
            Kind::Full(bytes) => Some(bytes),
            streamed => {
                self.kind = streamed;
                None
            }
        }
    }

    /// Reads the body to its end, at most `limit` bytes; trailers are dropped.
    ///
    /// # Errors
    ///
    /// [`BodyError::is_too_large`] when the declared length is above `limit` (then nothing is read) or when more
    /// than `limit` bytes arrive; otherwise whatever the body itself reports.
    pub async fn collect(self, limit: usize) -> Result<Bytes, BodyError> {
        collect::collect(self, limit).await
    }

    /// The data of the body as a [`Stream`] of `Result<Bytes, BodyError>`; trailers are dropped.
    pub const fn into_data_stream(self) -> BodyDataStream {
        BodyDataStream::new(self)
    }
}

fn take<T: 'static>(slot: &mut dyn Any) -> Option<T> {
    slot.downcast_mut::<Option<T>>()?.take()
}

/// `Full` has no accessor, but it is always ready with its only frame.
fn full_bytes(mut full: Full<Bytes>) -> Bytes {
    let mut cx = Context::from_waker(Waker::noop());
    match Pin::new(&mut full).poll_frame(&mut cx) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        Poll::Ready(Some(Err(never))) => match never {},
        Poll::Ready(None) | Poll::Pending => Bytes::new(),
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.kind {
            Kind::Empty => Poll::Ready(None),
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.kind = Kind::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Kind::Incoming(incoming) => stream::poll_incoming(incoming, false, cx),
            Kind::IncomingH2(incoming) => stream::poll_incoming(incoming, true, cx),
            Kind::Boxed(body) => body.as_mut().poll_frame(cx),
            Kind::File(body) => body.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Full(_) => false,
            Kind::Incoming(incoming) | Kind::IncomingH2(incoming) => incoming.is_end_stream(),
            Kind::Boxed(body) => body.is_end_stream(),
            Kind::File(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Incoming(incoming) | Kind::IncomingH2(incoming) => incoming.size_hint(),
            Kind::Boxed(body) => body.size_hint(),
            Kind::File(body) => body.size_hint(),
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Empty => f.write_str("Body(empty)"),
            Kind::Full(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Incoming(_) | Kind::IncomingH2(_) => f.write_str("Body(incoming)"),
            Kind::Boxed(_) => f.write_str("Body(stream)"),
            Kind::File(_) => f.write_str("Body(file)"),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self { kind: if bytes.is_empty() { Kind::Empty } else { Kind::Full(bytes) } }
    }
}

impl From<Incoming> for Body {
    fn from(incoming: Incoming) -> Self {
        Self::from_incoming(incoming, http::Version::HTTP_11)
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::empty()
    }
}

impl From<Cow<'static, str>> for Body {
    fn from(text: Cow<'static, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::from(text),
            Cow::Owned(text) => Self::from(text),
        }
    }
}

macro_rules! from_via_bytes {
    ($($from:ty),+) => {$(
        impl From<$from> for Body {
            fn from(data: $from) -> Self {
                Self::from(Bytes::from(data))
            }
        }
    )+};
}

from_via_bytes!(&'static str, &'static [u8], String, Vec<u8>, Box<[u8]>);

#[cfg(test)]
mod tests;
