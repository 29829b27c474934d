//! The two halves of a socket.

use crate::connection::Connection;
use crate::{CloseCode, CloseFrame, Error, Message, Sender, Utf8Bytes};
use futures_core::Stream;
use futures_sink::Sink;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// The tasks of both halves. A transport knows one task for reading and one for writing, and either half may write: both are
/// woken.
#[derive(Debug, Default)]
struct Tasks {
    recv: Mutex<Option<Waker>>,
    send: Mutex<Option<Waker>>,
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn register(slot: &Mutex<Option<Waker>>, cx: &Context<'_>) {
    let mut slot = guard(slot);
    if slot.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
        *slot = Some(cx.waker().clone());
    }
}

impl Wake for Tasks {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        for slot in [&self.recv, &self.send] {
            let waker = guard(slot).clone();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

#[derive(Debug)]
struct Shared {
    connection: Mutex<Box<Connection>>,
    tasks: Arc<Tasks>,
    /// Wakes both.
    waker: Waker,
    protocol: Option<Box<str>>,
}

impl Shared {
    /// Polls the connection for the half whose task is in `slot`.
    fn poll<T>(
        &self,
        slot: impl Fn(&Tasks) -> &Mutex<Option<Waker>>,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Connection, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        register(slot(&self.tasks), cx);
        let mut connection = guard(&self.connection);
        let was_open = connection.is_open();
        let outcome = poll(&mut connection, &mut Context::from_waker(&self.waker));
        if was_open && !connection.is_open() {
            drop(connection);
            // The other half waits for something that will not come.
            self.waker.wake_by_ref();
        }
        outcome
    }
}

pub(crate) fn split(connection: Box<Connection>, protocol: Option<Box<str>>) -> (SendHalf, RecvHalf) {
    let tasks = Arc::new(Tasks::default());
    let waker = Waker::from(Arc::clone(&tasks));
    let shared = Arc::new(Shared { connection: Mutex::new(connection), tasks, waker, protocol });
    (SendHalf { shared: Arc::clone(&shared) }, RecvHalf { shared })
}

/// The half of a [`WebSocket`](crate::WebSocket) that sends; see [`split`](crate::WebSocket::split).
#[derive(Debug)]
pub struct SendHalf {
    shared: Arc<Shared>,
}

/// The half of a [`WebSocket`](crate::WebSocket) that receives, and keeps the connection alive while it does; see
/// [`split`](crate::WebSocket::split).
#[derive(Debug)]
pub struct RecvHalf {
    shared: Arc<Shared>,
}

impl RecvHalf {
    fn poll_recv(&self, cx: &Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        self.shared.poll(|tasks| &tasks.recv, cx, Connection::poll_recv)
    }

    /// As [`WebSocket::recv`](crate::WebSocket::recv).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn recv(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// A handle to send from other tasks.
    pub fn sender(&mut self) -> Sender {
        Sender::new(Arc::clone(guard(&self.shared.connection).outbox()))
    }

    /// The peer's Close frame, once it has come.
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame> {
        guard(&self.shared.connection).peer_close().cloned()
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.shared.protocol.as_deref()
    }
}

impl SendHalf {
    fn poll<T>(
        &self,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Connection, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.shared.poll(|tasks| &tasks.send, cx, poll)
    }

    /// As [`WebSocket::send`](crate::WebSocket::send).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        self.feed(message).await?;
        self.flush().await
    }

    /// As [`WebSocket::feed`](crate::WebSocket::feed).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn feed(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        poll_fn(|cx| self.poll(cx, Connection::poll_ready)).await?;
        guard(&self.shared.connection).start_send(message.into())
    }

    /// As [`WebSocket::flush`](crate::WebSocket::flush).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll(cx, Connection::poll_flush)).await
    }

    /// Sends a Close frame. The peer's is awaited by [`RecvHalf::recv`], which then returns `None`.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub async fn close(&mut self, code: CloseCode, reason: impl Into<Utf8Bytes>) -> Result<(), Error> {
        guard(&self.shared.connection).start_close(&CloseFrame::new(code, reason));
        self.shared.waker.wake_by_ref();
        self.flush().await
    }
}

impl Stream for RecvHalf {
    type Item = Result<Message, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_recv(cx)
    }
}

impl Sink<Message> for SendHalf {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, Connection::poll_ready)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        guard(&self.shared.connection).start_send(message)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, Connection::poll_flush)
    }

    /// Sends a Close frame with 1000.
    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        guard(&self.shared.connection).start_close(&CloseFrame::new(CloseCode::NORMAL, ""));
        self.shared.waker.wake_by_ref();
        self.poll(cx, Connection::poll_flush)
    }
}
