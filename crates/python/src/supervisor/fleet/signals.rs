//! What signals to the supervisor do.

use std::rc::Rc;

use tokio::time::Instant;

use super::super::signals::Signal;
use super::{Fleet, Phase};

impl Fleet {
    pub(super) fn signalled(&mut self, signal: Signal) {
        match (signal, self.phase) {
            (Signal::Stop, _) => self.stop_or_press(),
            (_, Phase::Stopping(_)) => {}
            (Signal::Restart, _) if self.settings.reload => self.changed(&[]),
            (Signal::Restart, _) => self.restart_all(),
            (Signal::More | Signal::Less, _) if self.settings.reload => {}
            (Signal::More, _) => self.add_one(),
            (Signal::Less, _) => self.drop_one(),
        }
    }

    fn add_one(&mut self) {
        let start_at = (self.phase == Phase::Serving).then(Instant::now);
        self.slots.push(self.slot(self.slots.len(), start_at));
        tracing::info!(workers = self.slots.len(), "one worker more");
    }

    /// The last one goes, with its queue if nobody else has it.
    fn drop_one(&mut self) {
        if self.slots.len() == 1 {
            return tracing::warn!("the last worker stays");
        }
        let notice = self.notice();
        let Some(mut slot) = self.slots.pop() else { return };
        for mut worker in slot.clear() {
            worker.leave(notice);
            self.leaving.push(worker);
        }
        if self.queues.last().is_some_and(|queue| Rc::ptr_eq(queue, &slot.queue)) && self.queues.len() > 1 {
            self.queues.pop();
        }
        tracing::info!(workers = self.slots.len(), "one worker less");
    }
}
