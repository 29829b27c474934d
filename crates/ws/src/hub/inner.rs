//! What all clones of a hub and its seats share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::delivery::{Delivery, Round};
use super::events::{Change, Notice};
use super::join_error::JoinError;
#[cfg(feature = "json")]
use super::link::Link;
use super::member::{MemberId, NodeId};
use super::room::{Occupant, Room};
use super::rooms::Rooms;
use super::settings::Settings;
use super::stats::Counters;
use crate::{Message, Prepared, Sender};

pub(super) struct Inner<P> {
    pub(super) node: NodeId,
    pub(super) rooms: Rooms<P>,
    pub(super) settings: Settings,
    pub(super) counters: Counters,
    #[cfg(feature = "json")]
    pub(super) link: Option<Link<P>>,
    last_member: AtomicU64,
}

impl<P> Inner<P> {
    pub(super) fn new() -> Self {
        Self {
            node: NodeId::random(),
            rooms: Rooms::new(),
            settings: Settings::default(),
            counters: Counters::default(),
            #[cfg(feature = "json")]
            link: None,
            last_member: AtomicU64::new(0),
        }
    }

    pub(super) fn join(
        &self,
        name: Arc<str>,
        sender: Sender,
        presence: P,
    ) -> Result<(Arc<Room<P>>, MemberId), JoinError> {
        if name.len() > self.settings.max_name() {
            return Err(JoinError::NameTooLong);
        }
        let id = MemberId::new(self.node, self.last_member.fetch_add(1, Relaxed) + 1);
        let presence = Arc::new(presence);
        let occupant = Occupant { sender, presence: Arc::clone(&presence) };
        let room = self.rooms.enter(name, id, occupant, self.settings.bounds())?;
        self.counters.members.fetch_add(1, Relaxed);
        self.tell(&room, Notice { change: Change::Joined, id, presence });
        Ok((room, id))
    }

    /// Takes a member out, once: whoever comes later finds nothing to do.
    pub(super) fn leave(&self, room: &Arc<Room<P>>, id: MemberId) {
        if let Some(Occupant { presence, .. }) = self.rooms.leave(room, id) {
            self.counters.members.fetch_sub(1, Relaxed);
            self.tell(room, Notice { change: Change::Left, id, presence });
        }
    }

    /// Tells the room's listeners, here and on other machines, what has happened.
    #[cfg_attr(not(feature = "json"), allow(clippy::unused_self, reason = "there are no other machines"))]
    pub(super) fn tell(&self, room: &Room<P>, notice: Notice<P>) {
        #[cfg(feature = "json")]
        if let Some(link) = &self.link {
            self.count_published(link.tell(self.node, &room.name, &notice));
        }
        room.listeners.tell(notice);
    }

    pub(super) async fn broadcast(
        &self,
        name: &str,
        room: Option<&Arc<Room<P>>>,
        message: Message,
        except: Option<MemberId>,
    ) -> Delivery {
        self.counters.broadcasts.fetch_add(1, Relaxed);
        #[cfg(feature = "json")]
        if let Some(link) = &self.link {
            self.count_published(link.publish(self.node, name, &message));
        }
        let found = if room.is_none() { self.rooms.get(name) } else { None };
        let Some(room) = room.or(found.as_ref()) else {
            return Delivery::default();
        };
        let mut round = Round::new(Prepared::new(message), except);
        round.run(&room.receivers(), self.settings.slow_consumer(), self.settings.wait()).await;
        self.finish(room, round)
    }

    /// Sweeps those that are gone, and counts.
    pub(super) fn finish(&self, room: &Arc<Room<P>>, round: Round) -> Delivery {
        for id in round.gone {
            self.leave(room, id);
        }
        self.counters.add(round.delivery);
        round.delivery
    }

    #[cfg(feature = "json")]
    fn count_published(&self, published: bool) {
        if !published {
            self.counters.unpublished.fetch_add(1, Relaxed);
        }
    }
}
