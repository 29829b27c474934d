//! Members that came, went or changed since the worker last looked.
//!
//! Only who changed is kept, not how: the worker asks the hub what is true by then. So a member that changes often costs
//! no more than one that changed once, and nothing can be lost by being too late.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::member::MemberId;

pub(super) type Changed = HashMap<Arc<str>, HashSet<MemberId>>;

/// `None` while there is no connection: a new one begins with everything that is true then.
#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<Option<Changed>>);

impl Changes {
    fn lock(&self) -> MutexGuard<'_, Option<Changed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether it is the first since the worker looked.
    pub(super) fn note(&self, room: &Arc<str>, member: MemberId) -> bool {
        let mut changes = self.lock();
        let Some(rooms) = &mut *changes else { return false };
        let first = rooms.is_empty();
        rooms.entry(Arc::clone(room)).or_default().insert(member);
        first
    }

    pub(super) fn take(&self) -> Changed {
        self.lock().as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// From now on changes are noted. Call it before looking at what is true.
    pub(super) fn begin(&self) {
        *self.lock() = Some(Changed::new());
    }

    pub(super) fn end(&self) {
        *self.lock() = None;
    }

    pub(super) fn are_noted(&self) -> bool {
        self.lock().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, MemberId};
    use crate::hub::NodeId;

    #[test]
    fn changes_are_noted_once_and_only_while_connected() {
        let (changes, room) = (Changes::default(), "a".into());
        let member = MemberId::new(NodeId::from_bits(1), 1);
        assert!(!changes.note(&room, member));
        changes.begin();
        assert!(changes.note(&room, member));
        assert!(!changes.note(&room, member), "the worker has been told already");
        assert_eq!(changes.take()[&room].len(), 1);
        assert!(changes.take().is_empty());
        changes.end();
        assert!(!changes.are_noted());
    }
}
