//! [`WebSocket`]: the socket as its one owner has it.

use crate::connection::{Connection, Terms, Transport};
use crate::split::{RecvHalf, SendHalf, split};
use crate::{CloseCode, CloseFrame, Error, Message, Sender, Utf8Bytes, WebSocketConfig};
use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// Which end of the connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Takes masked frames, sends them unmasked, and ends the connection first.
    Server,
    /// Sends masked frames (RFC 6455 §5.3).
    Client,
}

/// A WebSocket.
///
/// [`recv`](Self::recv) is what keeps it alive: pings are answered and sent, the peer's Close is answered, a shutdown is
/// announced, and what other tasks send through a [`Sender`] is written while somebody awaits the next message.
///
/// A socket that is dropped is closed with 1000 in the background, or with 1011 when its task panics; a server that is told
/// to stop waits for that, until its deadline.
#[derive(Debug)]
#[must_use = "a socket that is dropped is closed"]
pub struct WebSocket {
    connection: Box<Connection>,
    protocol: Option<Box<str>>,
}

impl WebSocket {
    pub(crate) fn new(mut connection: Connection, protocol: Option<Box<str>>) -> Self {
        connection.count();
        Self { connection: Box::new(connection), protocol }
    }

    /// Speaks WebSocket over a stream on which a handshake was made elsewhere, without compression.
    pub fn from_stream(
        io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        role: Role,
        config: impl Into<Arc<WebSocketConfig>>,
    ) -> Self {
        let terms = Terms::new(role, config.into());
        Self::new(Connection::new(Transport::Other(Box::new(io)), terms), None)
    }

    /// The next message. `None` when the connection was closed in good order, and for ever after an error.
    ///
    /// It is cancel safe: a message is not lost when the future is dropped.
    ///
    /// # Errors
    ///
    /// When the connection is lost, the peer breaks the protocol, or a limit is passed; the peer has been told by then,
    /// and the connection is over.
    #[inline]
    pub async fn recv(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| self.connection.poll_recv(cx)).await
    }

    /// Sends a message: [`feed`](Self::feed) and [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] once the closing handshake has begun, [`Error::WriteTimeout`] when the peer does not read, and what
    /// the connection fails with.
    #[inline]
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        self.feed(message).await?;
        self.flush().await
    }

    /// Adds a message to what waits to be written, and waits only when that is more than the write buffer holds. Nothing is
    /// sent for sure before [`flush`](Self::flush), or until somebody awaits [`recv`](Self::recv).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub async fn feed(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        poll_fn(|cx| self.connection.poll_ready(cx)).await?;
        self.connection.start_send(message.into())
    }

    /// Waits until all that was sent is with the operating system.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.connection.poll_flush(cx)).await
    }

    /// Sends a ping with up to 125 bytes. Its answer is not told; [`latency`](Self::latency) measures the socket's own pings.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn ping(&mut self, payload: impl Into<Bytes>) -> Result<(), Error> {
        poll_fn(|cx| self.connection.poll_ready(cx)).await?;
        self.connection.start_ping(&payload.into())?;
        self.flush().await
    }

    /// Closes the connection: sends a Close frame, and waits for the peer's, up to the close timeout. Messages that come
    /// until then are thrown away.
    ///
    /// Of a reason of more than 123 bytes the first are sent.
    pub async fn close(&mut self, code: CloseCode, reason: impl Into<Utf8Bytes>) {
        self.connection.start_close(&CloseFrame::new(code, reason));
        poll_fn(|cx| self.connection.poll_close(cx)).await;
    }

    /// The peer's Close frame, once it has come.
    #[must_use]
    pub const fn close_frame(&self) -> Option<&CloseFrame> {
        self.connection.peer_close()
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// Whether compression was agreed on.
    #[must_use]
    pub const fn is_compressed(&self) -> bool {
        self.connection.is_compressed()
    }

    /// How long the peer took to answer the last ping that the socket sent for itself, which it does when the peer is silent.
    #[must_use]
    pub const fn latency(&self) -> Option<Duration> {
        self.connection.latency()
    }

    /// A handle to send from other tasks. What it sends is written while [`recv`](Self::recv) is awaited.
    pub fn sender(&mut self) -> Sender {
        Sender::new(Arc::clone(self.connection.outbox()))
    }

    /// Splits the socket for two tasks: one that sends, and one that receives.
    ///
    /// [`RecvHalf::recv`] keeps the connection alive as [`recv`](Self::recv) does. A handler that sends only in answer to
    /// what it receives, or from other tasks through a [`Sender`], is faster without.
    #[must_use = "a socket whose halves are dropped is closed"]
    pub fn split(self) -> (SendHalf, RecvHalf) {
        split(self.connection, self.protocol)
    }
}

impl Stream for WebSocket {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.connection.poll_recv(cx)
    }
}

impl Sink<Message> for WebSocket {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.connection.poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        self.connection.start_send(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.connection.poll_flush(cx)
    }

    /// Closes with 1000.
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.connection.start_close(&CloseFrame::new(CloseCode::NORMAL, ""));
        ready!(self.connection.poll_close(cx));
        Poll::Ready(Ok(()))
    }
}
