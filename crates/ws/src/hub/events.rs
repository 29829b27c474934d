//! Who comes, changes and goes, told to those who sit in the room.

use std::fmt;
use std::sync::{Arc, OnceLock};

use tokio::sync::broadcast::{self, error::RecvError};

use super::member::{Member, MemberId};

/// Events that wait for a listener; one that is further behind misses the oldest.
const CAPACITY: usize = 256;

/// What happened in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoomEvent<P> {
    /// A member took a seat.
    Joined(Member<P>),
    /// A member shows something new of itself.
    Updated(Member<P>),
    /// A member left.
    Left(Member<P>),
    /// As many events were missed, because they were not received in time: look at the members anew.
    Missed(u64),
}

/// The events of a room, from [`Seat::events`](super::Seat::events).
pub struct RoomEvents<P> {
    pub(super) receiver: broadcast::Receiver<Notice<P>>,
}

impl<P: Clone> RoomEvents<P> {
    /// The next event, of this machine and of all others; `None` once the room is empty. Cancel safe.
    ///
    /// At most 256 events wait; of more, the oldest become one [`RoomEvent::Missed`]. The members of a machine that
    /// dies are gone from [`Hub::presence`](super::Hub::presence) after a while, but nobody is there to tell it.
    pub async fn recv(&mut self) -> Option<RoomEvent<P>> {
        match self.receiver.recv().await {
            Ok(notice) => Some(notice.into_event()),
            Err(RecvError::Lagged(missed)) => Some(RoomEvent::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}

impl<P> fmt::Debug for RoomEvents<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoomEvents").field("waiting", &self.receiver.len()).finish()
    }
}

/// Kinds of what is told about a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Joined,
    Updated,
    Left,
}

/// An event before anybody listens, so that it can be shared whatever `P` is.
#[derive(Debug)]
pub(super) struct Notice<P> {
    pub(super) change: Change,
    pub(super) id: MemberId,
    pub(super) presence: Arc<P>,
}

impl<P> Clone for Notice<P> {
    fn clone(&self) -> Self {
        Self { change: self.change, id: self.id, presence: Arc::clone(&self.presence) }
    }
}

impl<P: Clone> Notice<P> {
    fn into_event(self) -> RoomEvent<P> {
        let member = Member { id: self.id, presence: Arc::unwrap_or_clone(self.presence) };
        match self.change {
            Change::Joined => RoomEvent::Joined(member),
            Change::Updated => RoomEvent::Updated(member),
            Change::Left => RoomEvent::Left(member),
        }
    }
}

/// Those who listen in one room; costs nothing as long as nobody does.
pub(super) struct Listeners<P>(OnceLock<broadcast::Sender<Notice<P>>>);

impl<P> Listeners<P> {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(super) fn listen(&self) -> RoomEvents<P> {
        RoomEvents { receiver: self.0.get_or_init(|| broadcast::Sender::new(CAPACITY)).subscribe() }
    }

    /// Whether anybody listens.
    #[cfg(feature = "json")]
    pub(super) fn are_there(&self) -> bool {
        self.0.get().is_some_and(|sender| sender.receiver_count() > 0)
    }

    pub(super) fn tell(&self, notice: Notice<P>) {
        if let Some(sender) = self.0.get() {
            // The only error is that nobody listens any more.
            drop(sender.send(notice));
        }
    }
}
