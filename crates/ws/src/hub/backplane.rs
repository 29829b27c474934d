//! What joins the hubs of many machines: the trait, and the hub as a backplane sees it.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};

use bytes::Bytes;

use super::member::{MemberId, NodeId};

/// The members that a backplane knows of: each with the JSON of its presence.
pub type PresenceFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<(MemberId, Bytes)>, BackplaneError>> + Send + 'a>>;

/// Carries what is broadcast, and who is there, between hubs.
///
/// A hub calls it from the tasks that serve sockets, so no method waits or blocks. `Redis` is one (feature `redis`).
///
/// - Between the first member of a room and the last one's leaving, as [`changed`](Self::changed) tells and
///   [`Node::has`] answers, envelopes that others publish for that room are handed to [`Node::receive`]. Handing over
///   its own does no harm: the hub knows them.
/// - Members of a machine that dies are gone from [`presence`](Self::presence) after a while, 30 s at most.
pub trait Backplane: fmt::Debug + Send + Sync + 'static {
    /// Takes the hub that it works for. Called once, before anything else.
    fn attach(&self, node: Node);

    /// Sends an envelope, opaque bytes, to all other hubs with members in the room. Returns whether it took it: `false`,
    /// when it has no room for it or nobody to give it to, is counted
    /// ([`HubStats::unpublished`](super::HubStats::unpublished)).
    fn publish(&self, room: &str, envelope: Bytes) -> bool;

    /// A member came, went or shows something new: [`Node::member`] says which.
    fn changed(&self, room: &Arc<str>, member: MemberId);

    /// All members of a room on all machines; those of this hub may be missing or old.
    fn presence<'a>(&'a self, room: &'a str) -> PresenceFuture<'a>;
}

/// A hub as its [`Backplane`] sees it. It does not keep the hub alive: once the hub is gone, it has no rooms.
#[derive(Clone)]
pub struct Node {
    id: NodeId,
    hub: Weak<dyn Local>,
}

impl Node {
    pub(super) fn new(id: NodeId, hub: Weak<dyn Local>) -> Self {
        Self { id, hub }
    }

    /// The hub's number.
    #[must_use]
    pub const fn id(&self) -> NodeId {
        self.id
    }

    /// The rooms that have members here.
    #[must_use]
    pub fn rooms(&self) -> Vec<Arc<str>> {
        self.hub.upgrade().map(|hub| hub.rooms()).unwrap_or_default()
    }

    /// Whether the room has members here.
    #[must_use]
    pub fn has(&self, room: &str) -> bool {
        self.hub.upgrade().is_some_and(|hub| hub.has(room))
    }

    /// The members of a room here, each with the JSON of its presence.
    #[must_use]
    pub fn members(&self, room: &str) -> Vec<(MemberId, Vec<u8>)> {
        self.hub.upgrade().map(|hub| hub.members(room)).unwrap_or_default()
    }

    /// What a member shows, as JSON; `None` if it is not in the room any more.
    #[must_use]
    pub fn member(&self, room: &str, id: MemberId) -> Option<Vec<u8>> {
        self.hub.upgrade()?.member(room, id)
    }

    /// Takes an envelope that was published for the room. It never waits: under
    /// [`SlowConsumer::Wait`](crate::SlowConsumer::Wait) a full queue loses its oldest message.
    pub fn receive(&self, room: &str, envelope: Bytes) {
        if let Some(hub) = self.hub.upgrade() {
            hub.receive(room, envelope);
        }
    }

    /// Counts envelopes that [`Backplane::publish`] took and that were lost after all.
    pub fn lost(&self, envelopes: usize) {
        if let Some(hub) = self.hub.upgrade() {
            hub.lost(envelopes);
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a [`Node`] asks its hub, whatever members show.
pub(super) trait Local: Send + Sync {
    fn rooms(&self) -> Vec<Arc<str>>;
    fn has(&self, room: &str) -> bool;
    fn members(&self, room: &str) -> Vec<(MemberId, Vec<u8>)>;
    fn member(&self, room: &str, id: MemberId) -> Option<Vec<u8>>;
    fn receive(&self, room: &str, envelope: Bytes);
    fn lost(&self, envelopes: usize);
}

/// Other machines cannot be reached, or asked. Its `Debug` is its text, so that `main` may return it.
pub struct BackplaneError {
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl BackplaneError {
    /// An error that says this.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), source: None }
    }

    /// Names the error behind it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for BackplaneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl fmt::Debug for BackplaneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for BackplaneError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
