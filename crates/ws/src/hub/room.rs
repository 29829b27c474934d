//! One room: its members, and the list that broadcasts walk.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::events::Listeners;
use super::join_error::JoinError;
use super::member::{Member, MemberId};
use crate::Sender;

/// What a broadcast needs of a member.
#[derive(Clone)]
pub(super) struct Receiver {
    pub(super) id: MemberId,
    pub(super) sender: Sender,
}

/// What a room knows of a member.
pub(super) struct Occupant<P> {
    pub(super) sender: Sender,
    pub(super) presence: Arc<P>,
}

struct Seats<P> {
    taken: BTreeMap<MemberId, Occupant<P>>,
    /// The members as broadcasts walk them, without the lock: made by the first broadcast after a change.
    receivers: Option<Arc<Vec<Receiver>>>,
}

pub(super) struct Room<P> {
    pub(super) name: Arc<str>,
    pub(super) listeners: Listeners<P>,
    seats: Mutex<Seats<P>>,
}

impl<P> Room<P> {
    pub(super) const fn new(name: Arc<str>) -> Self {
        let seats = Seats { taken: BTreeMap::new(), receivers: None };
        Self { name, listeners: Listeners::new(), seats: Mutex::new(seats) }
    }

    /// Nothing of the user's runs under this lock: presences are dropped and cloned outside.
    fn seats(&self) -> MutexGuard<'_, Seats<P>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, id: MemberId, occupant: Occupant<P>, max: usize) -> Result<(), JoinError> {
        let mut seats = self.seats();
        if seats.taken.len() >= max {
            return Err(JoinError::RoomFull);
        }
        seats.taken.insert(id, occupant);
        seats.receivers = None;
        Ok(())
    }

    pub(super) fn leave(&self, id: MemberId) -> Option<Occupant<P>> {
        let mut seats = self.seats();
        let left = seats.taken.remove(&id)?;
        seats.receivers = None;
        Some(left)
    }

    /// Replaces what a member shows of itself; the old presence comes back, to be dropped outside the lock.
    pub(super) fn show(&self, id: MemberId, presence: Arc<P>) -> Option<Arc<P>> {
        self.seats().taken.get_mut(&id).map(|occupant| std::mem::replace(&mut occupant.presence, presence))
    }

    pub(super) fn len(&self) -> usize {
        self.seats().taken.len()
    }

    pub(super) fn receivers(&self) -> Arc<Vec<Receiver>> {
        let mut seats = self.seats();
        if let Some(receivers) = &seats.receivers {
            return Arc::clone(receivers);
        }
        let receiver =
            |(id, occupant): (&MemberId, &Occupant<P>)| Receiver { id: *id, sender: occupant.sender.clone() };
        let receivers: Arc<Vec<_>> = Arc::new(seats.taken.iter().map(receiver).collect());
        seats.receivers = Some(Arc::clone(&receivers));
        receivers
    }

    #[cfg(feature = "json")]
    pub(super) fn presence(&self, id: MemberId) -> Option<Arc<P>> {
        self.seats().taken.get(&id).map(|occupant| Arc::clone(&occupant.presence))
    }

    /// In the order in which they came.
    pub(super) fn presences(&self) -> Vec<(MemberId, Arc<P>)> {
        let seats = self.seats();
        seats.taken.iter().map(|(id, occupant)| (*id, Arc::clone(&occupant.presence))).collect()
    }

    pub(super) fn members(&self) -> Vec<Member<P>>
    where
        P: Clone,
    {
        let member = |(id, presence): (MemberId, Arc<P>)| Member { id, presence: (*presence).clone() };
        self.presences().into_iter().map(member).collect()
    }
}

impl<P> fmt::Debug for Room<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("name", &self.name).field("members", &self.len()).finish()
    }
}
