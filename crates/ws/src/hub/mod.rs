//! Rooms: who is in them, and what goes to all of them.

#[cfg(feature = "json")]
mod backplane;
mod delivery;
#[cfg(feature = "json")]
mod envelope;
mod events;
mod inner;
mod join_error;
#[cfg(feature = "json")]
mod link;
mod member;
#[cfg(feature = "redis")]
mod redis;
mod room;
mod rooms;
mod seat;
mod settings;
mod stats;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "json")]
pub use self::backplane::{Backplane, BackplaneError, Node, PresenceFuture};
pub use self::delivery::Delivery;
pub use self::events::{RoomEvent, RoomEvents};
pub use self::join_error::JoinError;
pub use self::member::{Member, MemberId, NodeId, ParseMemberIdError};
#[cfg(feature = "redis")]
pub use self::redis::{Redis, RedisOptions};
pub use self::seat::Seat;
pub use self::stats::HubStats;

use self::inner::Inner;
use crate::{Message, Sender, SlowConsumer};

/// Rooms of sockets: whoever sits in a room gets what is broadcast into it.
///
/// `P` is what members show of themselves: a name, a picture, a cursor. A hub is a handle; its clones are the same hub.
///
/// ```
/// use hyperserve_core::Response;
/// use hyperserve_router::State;
/// use hyperserve_ws::{Hub, WebSocket, WebSocketUpgrade};
///
/// async fn chat(upgrade: WebSocketUpgrade, State(hub): State<Hub<String>>) -> Response {
///     upgrade.on_upgrade(async move |mut socket: WebSocket| -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///         let seat = hub.join("lobby", socket.sender(), "Ada".to_owned())?;
///         while let Some(message) = socket.recv().await {
///             seat.broadcast(message?).await;
///         }
///         Ok(())
///     })
/// }
/// ```
///
/// A message is encoded once for all members, and compressed at most once for each window that members agreed to. It goes
/// into each member's queue ([`WebSocketConfig::queue`](hyperserve_core::WebSocketConfig)), which the task that serves the
/// member's socket writes out; [`SlowConsumer`] says what happens to a member whose queue is full.
///
/// Rooms need no making: the first to join makes one, and the last to leave takes it away.
pub struct Hub<P = ()> {
    inner: Arc<Inner<P>>,
}

impl<P> Hub<P> {
    /// A hub of this process alone.
    #[must_use]
    pub fn new() -> Self {
        Self { inner: Arc::new(Inner::new()) }
    }

    /// Sets what happens to members whose queue is full. [`SlowConsumer::Disconnect`] by default.
    ///
    /// With [`SlowConsumer::Wait`] a broadcast waits for the slowest member, as long as
    /// [`with_wait`](Self::with_wait) says. That is for sources outside the room, such as a task that reads a feed: the
    /// task that serves a socket must not wait in a broadcast for room in that socket's own queue, because it is the one
    /// that empties it.
    #[must_use]
    pub fn with_slow_consumer(self, slow: SlowConsumer) -> Self {
        self.inner.settings.set_slow_consumer(slow);
        self
    }

    /// Sets how long a broadcast waits for members whose queue is full, all together, under [`SlowConsumer::Wait`].
    /// Those that have made no room by then are disconnected with 1013. 5 s by default.
    #[must_use]
    pub fn with_wait(self, wait: Duration) -> Self {
        self.inner.settings.set_wait(wait);
        self
    }

    /// Sets how many rooms there may be. 100 000 by default; `usize::MAX` lifts the bound.
    #[must_use]
    pub fn with_max_rooms(self, rooms: usize) -> Self {
        self.inner.settings.set_max_rooms(rooms);
        self
    }

    /// Sets how many members of this machine a room may have. 100 000 by default; `usize::MAX` lifts the bound.
    #[must_use]
    pub fn with_max_members(self, members: usize) -> Self {
        self.inner.settings.set_max_members(members);
        self
    }

    /// Sets how many bytes the name of a room may have. 256 by default.
    #[must_use]
    pub fn with_max_name(self, bytes: usize) -> Self {
        self.inner.settings.set_max_name(bytes);
        self
    }

    /// Takes a seat in a room. What is broadcast from now on goes to `sender`, until the seat is dropped.
    ///
    /// # Errors
    ///
    /// One of the bounds is reached: [`JoinError`] says which, and what to close the socket with.
    pub fn join(&self, room: impl Into<Arc<str>>, sender: Sender, presence: P) -> Result<Seat<P>, JoinError> {
        let (room, id) = self.inner.join(room.into(), sender, presence)?;
        Ok(Seat { hub: Arc::clone(&self.inner), room, id })
    }

    /// Sends a message to all members of a room, on all machines; what it returns counts those of this machine. A room
    /// without members takes everything and keeps nothing.
    ///
    /// What one task broadcasts arrives everywhere in that order. What several broadcast at the same time may arrive in
    /// different orders at different members.
    ///
    /// It waits under [`SlowConsumer::Wait`] alone; after many broadcasts without a pause it lets other tasks run first. Dropping the future
    /// early leaves some members without the message.
    pub async fn broadcast(&self, room: &str, message: impl Into<Message>) -> Delivery {
        self.inner.broadcast(room, None, message.into(), None).await
    }

    /// The members of a room on this machine, in the order in which they came.
    #[must_use]
    pub fn members(&self, room: &str) -> Vec<Member<P>>
    where
        P: Clone,
    {
        self.inner.rooms.get(room).map(|room| room.members()).unwrap_or_default()
    }

    /// The rooms that have members on this machine, in no order, with the number of their members.
    #[must_use]
    pub fn rooms(&self) -> Vec<(Arc<str>, usize)> {
        self.inner.rooms.all().into_iter().map(|room| (Arc::clone(&room.name), room.len())).collect()
    }

    /// The figures of this hub.
    #[must_use]
    pub fn stats(&self) -> HubStats {
        self.inner.counters.read(self.inner.rooms.len())
    }
}

impl<P> Default for Hub<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Clone for Hub<P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<P> fmt::Debug for Hub<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
