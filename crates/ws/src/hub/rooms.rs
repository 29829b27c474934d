//! All rooms of a hub, by name. A room is there as long as somebody sits in it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::join_error::JoinError;
use super::member::MemberId;
use super::room::{Occupant, Room};

/// Rooms of different shards do not wait for each other.
const SHARDS: usize = 16;

type Shard<P> = HashMap<Arc<str>, Arc<Room<P>>>;

/// The bounds that hold when a member joins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) rooms: usize,
    pub(super) members: usize,
}

/// The lock of a shard comes before the lock of a room; neither is held while anything waits.
pub(super) struct Rooms<P> {
    shards: [Mutex<Shard<P>>; SHARDS],
    hasher: RandomState,
    count: AtomicUsize,
}

impl<P> Rooms<P> {
    pub(super) fn new() -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, hasher: RandomState::new(), count: AtomicUsize::new(0) }
    }

    fn shard(&self, name: &str) -> MutexGuard<'_, Shard<P>> {
        // The remainder is below 16.
        #[allow(clippy::cast_possible_truncation)]
        let index = self.hasher.hash_one(name) as usize % SHARDS;
        Self::lock(&self.shards[index])
    }

    fn lock(shard: &Mutex<Shard<P>>) -> MutexGuard<'_, Shard<P>> {
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn len(&self) -> usize {
        self.count.load(Relaxed)
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<Room<P>>> {
        self.shard(name).get(name).map(Arc::clone)
    }

    pub(super) fn all(&self) -> Vec<Arc<Room<P>>> {
        self.shards.iter().flat_map(|shard| Self::lock(shard).values().cloned().collect::<Vec<_>>()).collect()
    }

    pub(super) fn enter(
        &self,
        name: Arc<str>,
        id: MemberId,
        occupant: Occupant<P>,
        bounds: Bounds,
    ) -> Result<Arc<Room<P>>, JoinError> {
        let mut shard = self.shard(&name);
        if let Some(room) = shard.get(&name) {
            room.enter(id, occupant, bounds.members)?;
            return Ok(Arc::clone(room));
        }
        let room = Arc::new(Room::new(Arc::clone(&name)));
        room.enter(id, occupant, bounds.members)?;
        self.reserve(bounds.rooms)?;
        shard.insert(name, Arc::clone(&room));
        Ok(room)
    }

    /// Counts one more room, whatever other shards do at the same time.
    fn reserve(&self, max: usize) -> Result<(), JoinError> {
        let more = |count: usize| (count < max).then_some(count + 1);
        self.count.fetch_update(Relaxed, Relaxed, more).map(drop).map_err(|_| JoinError::TooManyRooms)
    }

    pub(super) fn leave(&self, room: &Arc<Room<P>>, id: MemberId) -> Option<Occupant<P>> {
        let left = room.leave(id)?;
        self.vanish_if_empty(room);
        Some(left)
    }

    /// Members enter under the lock of the shard, so a room that is found empty under it stays so.
    fn vanish_if_empty(&self, room: &Arc<Room<P>>) {
        if room.len() > 0 {
            return;
        }
        let mut shard = self.shard(&room.name);
        let is_this = shard.get(&room.name).is_some_and(|found| Arc::ptr_eq(found, room));
        if is_this && room.len() == 0 {
            shard.remove(&room.name);
            self.count.fetch_sub(1, Relaxed);
        }
    }
}
