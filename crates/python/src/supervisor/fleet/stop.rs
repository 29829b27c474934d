//! The end: every worker drains, then what is open is cut, then processes are killed.

use std::time::Duration;

use super::super::worker::{Notice, Stage};
use super::{Fleet, Phase};

impl Fleet {
    /// A signal to stop: the first drains, the second cuts, the third kills.
    pub(super) fn stop_or_press(&mut self) {
        let Phase::Stopping(times) = self.phase else { return self.stop_with(0) };
        self.phase = Phase::Stopping(times + 1);
        let kill = self.settings.kill;
        for worker in &mut self.leaving {
            if times == 1 { worker.cut(kill) } else { worker.kill() }
        }
    }

    /// Stops everything; the command ends with this code.
    pub(super) fn stop_with(&mut self, code: i32) {
        self.phase = Phase::Stopping(1);
        self.code = code;
        self.announcement.stopping();
        let notice = self.notice();
        for slot in &mut self.slots {
            for mut worker in slot.clear() {
                // It has nothing to drain.
                let at_once = Notice { kill: self.settings.kill, ..notice };
                worker.leave(if worker.stage == Stage::Booting { at_once } else { notice });
                self.leaving.push(worker);
            }
        }
    }

    /// The notice of a worker that drains as the configuration says.
    pub(super) fn notice(&self) -> Notice {
        let kill = self.settings.kill.map(|beyond: Duration| self.settings.drain + beyond);
        Notice { cut: None, kill }
    }
}
