//! [`Sender`]: sending from any task.

use crate::connection::{Item, Outbox, Prepared, Put};
use crate::metrics;
use crate::{CloseCode, CloseFrame, Error, Message, Utf8Bytes};
use std::fmt;
use std::sync::Arc;

/// A handle to send to a socket from any task; clones are cheap.
///
/// Messages wait in a queue of the socket's (`queue` in [`WebSocketConfig`](crate::WebSocketConfig), 256 messages) until the
/// socket's own task, which awaits [`recv`](crate::WebSocket::recv), writes them.
///
/// ```
/// # async fn example(mut socket: hyperserve_ws::WebSocket) {
/// let sender = socket.sender();
/// tokio::spawn(async move {
///     while sender.send("tick").await.is_ok() {
///         tokio::time::sleep(std::time::Duration::from_secs(1)).await;
///     }
/// });
/// while let Some(Ok(_)) = socket.recv().await {}
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Sender {
    outbox: Arc<Outbox>,
}

/// What becomes of a socket whose queue is full when a message comes for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SlowConsumer {
    /// The oldest message of the queue is thrown away.
    DropOldest,
    /// The socket is closed with 1013, and what is queued is thrown away.
    #[default]
    Disconnect,
    /// The sender waits.
    Wait,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Queued,
    DroppedOldest,
    Disconnected,
    /// There is no room, and the sender is to wait.
    Full,
    Closed,
}

impl Sender {
    pub(crate) const fn new(outbox: Arc<Outbox>) -> Self {
        Self { outbox }
    }

    /// Queues a message, if there is room.
    ///
    /// # Errors
    ///
    /// Gives the message back when the queue is full or the socket closed.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), TrySendError> {
        match self.outbox.put(Item::Message(message.into())) {
            Put::Queued => Ok(()),
            Put::Full(item) => Err(TrySendError::Full(item.into_message())),
            Put::Closed(item) => Err(TrySendError::Closed(item.into_message())),
        }
    }

    /// Queues a message, once there is room.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when the socket is closed.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), Error> {
        let mut item = Item::Message(message.into());
        loop {
            match self.outbox.put(item) {
                Put::Queued => return Ok(()),
                Put::Closed(_) => return Err(Error::Closed),
                Put::Full(back) => item = back,
            }
            self.outbox.room().await;
        }
    }

    /// Has the socket closed, once what is queued is written.
    pub fn close(&self, code: CloseCode, reason: impl Into<Utf8Bytes>) {
        self.outbox.close(CloseFrame::new(code, reason), false);
    }

    /// Whether the socket takes nothing more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.outbox.is_closed()
    }

    /// Completes when the socket is closed.
    pub async fn closed(&self) {
        self.outbox.closed().await;
    }

    /// Whether both send to the same socket.
    #[must_use]
    pub fn same_socket(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.outbox, &other.outbox)
    }

    /// Queues a message that goes to many sockets.
    pub(crate) fn push(&self, message: &Arc<Prepared>, slow: SlowConsumer) -> Pushed {
        let item = match self.outbox.put(Item::Prepared(Arc::clone(message))) {
            Put::Queued => return Pushed::Queued,
            Put::Closed(_) => return Pushed::Closed,
            Put::Full(item) => item,
        };
        match slow {
            SlowConsumer::Wait => Pushed::Full,
            SlowConsumer::DropOldest => {
                self.outbox.force(item);
                Pushed::DroppedOldest
            }
            SlowConsumer::Disconnect => {
                metrics::slow_consumer();
                let reason = "messages came faster than they were read";
                self.outbox.close(CloseFrame::new(CloseCode::TRY_AGAIN_LATER, reason), true);
                Pushed::Disconnected
            }
        }
    }

    /// Completes when there is room in the queue, or the socket takes nothing more.
    pub(crate) async fn room(&self) {
        self.outbox.room().await;
    }
}

/// Why [`Sender::try_send`] did not queue a message, which it gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrySendError {
    /// The socket's queue is full: its peer reads too slowly.
    Full(Message),
    /// The socket takes nothing more.
    Closed(Message),
}

impl TrySendError {
    /// The message that was not queued.
    #[must_use]
    pub fn into_message(self) -> Message {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }
}

impl fmt::Display for TrySendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the socket's queue is full",
            Self::Closed(_) => "the socket is closed",
        })
    }
}

impl std::error::Error for TrySendError {}
