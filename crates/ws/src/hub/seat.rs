//! A place in a room, held by whoever serves the socket.

use std::fmt;
use std::sync::Arc;

use super::Inner;
use super::delivery::Delivery;
use super::events::{Change, Notice, RoomEvents};
use super::member::MemberId;
use super::room::Room;
use crate::Message;

/// A place in a room. Dropping it leaves the room.
///
/// A socket may have seats in many rooms. Two seats of one socket in one room get every message twice.
#[must_use = "dropping the seat leaves the room"]
pub struct Seat<P = ()> {
    pub(super) hub: Arc<Inner<P>>,
    pub(super) room: Arc<Room<P>>,
    pub(super) id: MemberId,
}

impl<P> Seat<P> {
    /// The number of this seat.
    #[must_use]
    pub const fn id(&self) -> MemberId {
        self.id
    }

    /// The room's name.
    #[must_use]
    pub fn room(&self) -> &str {
        &self.room.name
    }

    /// Sends a message to all members of the room, this one too, on all machines.
    ///
    /// What [`Hub::broadcast`](super::Hub::broadcast) says of order, waiting and dropping the future holds here too.
    pub async fn broadcast(&self, message: impl Into<Message>) -> Delivery {
        self.hub.broadcast(&self.room.name, Some(&self.room), message.into(), None).await
    }

    /// Sends a message to all members of the room but this one, on all machines.
    pub async fn broadcast_others(&self, message: impl Into<Message>) -> Delivery {
        self.hub.broadcast(&self.room.name, Some(&self.room), message.into(), Some(self.id)).await
    }

    /// Shows others something new of this member.
    pub fn update(&self, presence: P) {
        let presence = Arc::new(presence);
        if self.room.show(self.id, Arc::clone(&presence)).is_some() {
            self.hub.tell(&self.room, Notice { change: Change::Updated, id: self.id, presence });
        }
    }

    /// Who comes, changes and goes from now on, on all machines.
    #[must_use]
    pub fn events(&self) -> RoomEvents<P> {
        self.room.listeners.listen()
    }

    /// Leaves the room, as dropping the seat does.
    pub fn leave(self) {}
}

impl<P> Drop for Seat<P> {
    fn drop(&mut self) {
        self.hub.leave(&self.room, self.id);
    }
}

impl<P> fmt::Debug for Seat<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("room", &self.room.name).field("id", &self.id).finish_non_exhaustive()
    }
}
