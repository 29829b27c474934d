//! A hub that others are joined to: what goes out to them, and what comes in.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Once};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::backplane::{Backplane, BackplaneError, Local, Node};
use super::delivery::Round;
use super::envelope::{self, Content};
use super::events::Notice;
use super::inner::Inner;
use super::member::{Member, MemberId, NodeId};
use super::{Hub, room::Room};
use crate::{Message, Prepared, SlowConsumer};

/// The way to others. Presences become JSON by functions that stand here, so that no other code asks for serde's traits.
pub(super) struct Link<P> {
    backplane: Box<dyn Backplane>,
    encode: fn(&P) -> Vec<u8>,
    decode: fn(&[u8]) -> Option<P>,
}

impl<P> Link<P> {
    /// Returns whether it went out.
    pub(super) fn publish(&self, from: NodeId, room: &str, message: &Message) -> bool {
        self.backplane.publish(room, envelope::message(from, message))
    }

    /// The same for what has become of a member.
    pub(super) fn tell(&self, from: NodeId, room: &Arc<str>, notice: &Notice<P>) -> bool {
        // The backplane learns of a room's first member before it is given anything for the room, so that answers come.
        self.backplane.changed(room, notice.id);
        let presence = (self.encode)(&notice.presence);
        self.backplane.publish(room, envelope::change(from, notice.change, notice.id, &presence))
    }
}

/// A presence that serde refuses to write, such as a map with keys that are no text, is nothing to others.
fn encode<P: Serialize>(presence: &P) -> Vec<u8> {
    serde_json::to_vec(presence).unwrap_or_else(|error| {
        tracing::error!("a presence cannot be shown to other machines: {error}");
        b"null".to_vec()
    })
}

fn decode<P: DeserializeOwned>(json: &[u8]) -> Option<P> {
    let failed =
        |error: &serde_json::Error| tracing::warn!("a presence of another machine cannot be read: {error}");
    serde_json::from_slice(json).inspect_err(failed).ok()
}

impl<P: Serialize + DeserializeOwned + Send + Sync + 'static> Hub<P> {
    /// A hub whose rooms span all machines with the same backplane. What members show of themselves goes to the others as
    /// JSON.
    #[must_use]
    pub fn with_backplane(backplane: impl Backplane) -> Self {
        let mut inner = Inner::new();
        inner.link = Some(Link { backplane: Box::new(backplane), encode, decode });
        let inner = Arc::new(inner);
        if let Some(link) = &inner.link {
            let local: Arc<dyn Local> = Arc::clone(&inner) as _;
            link.backplane.attach(Node::new(inner.node, Arc::downgrade(&local)));
        }
        Self { inner }
    }
}

impl<P: Clone> Hub<P> {
    /// The members of a room on all machines; those of one machine together, in the order in which they came. Without a
    /// backplane it is [`members`](Self::members).
    ///
    /// # Errors
    ///
    /// The other machines' members cannot be asked for.
    pub async fn presence(&self, room: &str) -> Result<Vec<Member<P>>, BackplaneError> {
        let mut all = self.members(room);
        if let Some(link) = &self.inner.link {
            let others = link.backplane.presence(room).await?;
            let others = others.into_iter().filter(|(id, _)| id.node() != self.inner.node);
            let member = |(id, json): (MemberId, Bytes)| Some(Member { id, presence: (link.decode)(&json)? });
            all.extend(others.filter_map(member));
            all.sort_by_key(|member| member.id);
        }
        Ok(all)
    }
}

impl<P: Send + Sync + 'static> Local for Inner<P> {
    fn rooms(&self) -> Vec<Arc<str>> {
        self.rooms.all().iter().map(|room| Arc::clone(&room.name)).collect()
    }

    fn has(&self, room: &str) -> bool {
        self.rooms.get(room).is_some()
    }

    fn members(&self, room: &str) -> Vec<(MemberId, Vec<u8>)> {
        let (Some(room), Some(link)) = (self.rooms.get(room), &self.link) else { return Vec::new() };
        room.presences().into_iter().map(|(id, presence)| (id, (link.encode)(&presence))).collect()
    }

    fn member(&self, room: &str, id: MemberId) -> Option<Vec<u8>> {
        let presence = self.rooms.get(room)?.presence(id)?;
        self.link.as_ref().map(|link| (link.encode)(&presence))
    }

    fn receive(&self, room: &str, envelope: Bytes) {
        match envelope::read(envelope) {
            Ok(envelope) if envelope.from == self.node => {}
            Ok(envelope) => self.take(room, envelope.content),
            Err(why) => {
                // As when two versions run side by side: each message would say it again.
                static TOLD: Once = Once::new();
                TOLD.call_once(|| {
                    tracing::warn!("what another machine sends cannot be read, and is passed over: {why}")
                });
            }
        }
    }

    fn lost(&self, envelopes: usize) {
        self.counters.unpublished.fetch_add(envelopes as u64, Relaxed);
    }
}

impl<P> Inner<P> {
    fn take(&self, room: &str, content: Content) {
        let Some(room) = self.rooms.get(room) else { return };
        match content {
            Content::Message(message) => self.deliver(&room, message),
            Content::Change { .. } if !room.listeners.are_there() => {}
            Content::Change { change, id, presence } => {
                let decode = self.link.as_ref().map(|link| link.decode);
                if let Some(presence) = decode.and_then(|decode| decode(&presence)) {
                    room.listeners.tell(Notice { change, id, presence: Arc::new(presence) });
                }
            }
        }
    }

    fn deliver(&self, room: &Arc<Room<P>>, message: Message) {
        self.counters.received.fetch_add(1, Relaxed);
        let slow = match self.settings.slow_consumer() {
            // Whoever published it is far away and cannot be made to wait.
            SlowConsumer::Wait => SlowConsumer::DropOldest,
            slow => slow,
        };
        let mut round = Round::new(Prepared::new(message), None);
        round.push_all(&room.receivers(), slow);
        self.finish(room, round);
    }
}
