//! What a hub counts.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::delivery::Delivery;

/// Figures of a hub. Those of messages only grow; they belong to this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HubStats {
    /// Seats that are taken now.
    pub members: usize,
    /// Rooms with a member now.
    pub rooms: usize,
    /// Broadcasts of this machine.
    pub broadcasts: u64,
    /// Messages put into a member's queue, whoever broadcast them.
    pub sent: u64,
    /// Messages that a full queue lost to make room for newer ones.
    pub dropped: u64,
    /// Members disconnected because their queue was full.
    pub disconnected: u64,
    /// Broadcasts that came from other machines.
    pub received: u64,
    /// Messages that did not go out to other machines: the queue to them was full, or they could not be reached.
    pub unpublished: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) members: AtomicUsize,
    pub(super) broadcasts: AtomicU64,
    pub(super) received: AtomicU64,
    pub(super) unpublished: AtomicU64,
    sent: AtomicU64,
    dropped: AtomicU64,
    disconnected: AtomicU64,
}

impl Counters {
    pub(super) fn add(&self, delivery: Delivery) {
        let counts = [
            (&self.sent, delivery.sent),
            (&self.dropped, delivery.dropped),
            (&self.disconnected, delivery.disconnected),
        ];
        for (counter, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            counter.fetch_add(count as u64, Relaxed);
        }
    }

    pub(super) fn read(&self, rooms: usize) -> HubStats {
        HubStats {
            members: self.members.load(Relaxed),
            rooms,
            broadcasts: self.broadcasts.load(Relaxed),
            sent: self.sent.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            disconnected: self.disconnected.load(Relaxed),
            received: self.received.load(Relaxed),
            unpublished: self.unpublished.load(Relaxed),
        }
    }
}
