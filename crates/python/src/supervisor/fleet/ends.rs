//! Workers that end, told or not.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use tokio::time::Instant;

use super::super::announcement::fail;
use super::super::event::Id;
use super::super::slot::Due;
use super::super::worker::{Stage, Worker};
use super::{Fleet, Phase};

/// The exit code of a worker that has said itself why the app cannot start.
const APP_FAILED: i32 = 3;

impl Fleet {
    pub(super) fn ended(&mut self, id: Id, status: io::Result<ExitStatus>) {
        let how = describe(&status);
        if let Some(at) = self.leaving.iter().position(|worker| worker.id == id) {
            let worker = self.leaving.swap_remove(at);
            tracing::info!(worker = worker.index, pid = worker.pid, "worker stopped ({how})");
            return self.restart_ended();
        }
        let Some(index) = self.slots.iter().position(|slot| slot.holds(id)) else {
            return;
        };
        if self.slots[index].is_next(id) {
            return self.replacement_ended(index, &how);
        }
        let Some(worker) = self.slots[index].current.take() else { return };
        if self.phase == Phase::Starting && !self.settings.reload {
            let code = status.ok().and_then(|status| status.code());
            return self.never_started(&worker, &how, code);
        }
        self.current_ended(&worker, &how);
    }

    fn never_started(&mut self, worker: &Worker, how: &str, code: Option<i32>) {
        if code == Some(APP_FAILED) {
            return self.stop_with(1);
        }
        let Worker { index, pid, .. } = worker;
        self.give_up(&format!("worker {index} (pid {pid}) ended before it was ready: {how}"));
    }

    /// Ends everything before anything was served.
    pub(super) fn give_up(&mut self, sentence: &str) {
        fail(sentence);
        self.stop_with(1);
    }

    fn current_ended(&mut self, worker: &Worker, how: &str) {
        let (index, pid) = (worker.index, worker.pid);
        let slot = &mut self.slots[index];
        slot.restarts += 1;
        if let Some((next, _)) = slot.next.take() {
            slot.current = Some(next);
            return tracing::error!(worker = index, pid, "worker ended: {how}; its replacement takes over");
        }
        if self.settings.reload && worker.stage == Stage::Booting {
            return tracing::warn!("the app could not start ({how}); waiting for a file to change");
        }
        let now = Instant::now();
        let (pause, is_news) = slot.backoff.after(now - worker.born);
        slot.start_at = Some(now + pause);
        if is_news {
            tracing::error!(worker = index, pid, "worker ended: {how}; a new one starts in {pause:?}");
        } else {
            tracing::debug!(worker = index, pid, "worker ended: {how}; a new one starts in {pause:?}");
        }
    }

    fn replacement_ended(&mut self, index: usize, how: &str) {
        let slot = &mut self.slots[index];
        let Some((failed, due)) = slot.next.take() else { return };
        let pid = failed.pid;
        if due == Due::Restart {
            tracing::error!(
                worker = index,
                pid,
                "the new worker ended before it was ready: {how}; the old workers stay and the restart is given up"
            );
            for slot in &mut self.slots {
                slot.due = slot.due.take().filter(|due| *due != Due::Restart);
            }
            return self.restart_ended();
        }
        let now = Instant::now();
        let (pause, _) = slot.backoff.after(now - failed.born);
        slot.retry_at = now + pause;
        slot.due = Some(due);
        tracing::error!(
            worker = index,
            pid,
            "the new worker ended before it was ready: {how}; the old one stays, and another is tried in {pause:?}"
        );
    }
}

/// `exit code 1`, `killed by signal 9`
fn describe(status: &io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("killed by signal {signal}"),
            (None, None) => status.to_string(),
        },
        Err(error) => format!("nobody knows how, {error}"),
    }
}
