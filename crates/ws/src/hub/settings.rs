//! What bounds a hub. The settings hold for all clones of it, and may be changed while it is used.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use super::rooms::Bounds;
use crate::SlowConsumer;

#[derive(Debug)]
pub(super) struct Settings {
    slow: AtomicU8,
    wait_millis: AtomicU64,
    rooms: AtomicUsize,
    members: AtomicUsize,
    name: AtomicUsize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            slow: AtomicU8::new(DISCONNECT),
            wait_millis: AtomicU64::new(5000),
            rooms: AtomicUsize::new(100_000),
            members: AtomicUsize::new(100_000),
            name: AtomicUsize::new(256),
        }
    }
}

const DISCONNECT: u8 = 0;
const DROP_OLDEST: u8 = 1;
const WAIT: u8 = 2;

impl Settings {
    pub(super) fn set_slow_consumer(&self, slow: SlowConsumer) {
        let number = match slow {
            SlowConsumer::Disconnect => DISCONNECT,
            SlowConsumer::DropOldest => DROP_OLDEST,
            SlowConsumer::Wait => WAIT,
        };
        self.slow.store(number, Relaxed);
    }

    pub(super) fn slow_consumer(&self) -> SlowConsumer {
        match self.slow.load(Relaxed) {
            DROP_OLDEST => SlowConsumer::DropOldest,
            WAIT => SlowConsumer::Wait,
            _ => SlowConsumer::Disconnect,
        }
    }

    pub(super) fn set_wait(&self, wait: Duration) {
        self.wait_millis.store(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(super) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_millis.load(Relaxed))
    }

    pub(super) fn set_max_rooms(&self, rooms: usize) {
        self.rooms.store(rooms, Relaxed);
    }

    pub(super) fn set_max_members(&self, members: usize) {
        self.members.store(members, Relaxed);
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds { rooms: self.rooms.load(Relaxed), members: self.members.load(Relaxed) }
    }

    pub(super) fn set_max_name(&self, bytes: usize) {
        self.name.store(bytes, Relaxed);
    }

    pub(super) fn max_name(&self) -> usize {
        self.name.load(Relaxed)
    }
}
