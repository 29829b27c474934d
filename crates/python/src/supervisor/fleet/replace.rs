//! Replacing workers that serve, without a gap: the new one is ready before the old one is told to stop.
//!
//! One worker at a time is replaced, and the next only when the old process has gone, so that there is never more than one
//! process above the number of workers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::super::slot::Due;
use super::super::worker::Notice;
use super::{Fleet, Phase};

/// What a worker may take to drain when its code has changed.
const HASTE: Duration = Duration::from_secs(1);

impl Fleet {
    /// Wants every worker replaced.
    pub(super) fn restart_all(&mut self) {
        tracing::info!("restarting the workers one by one");
        self.announcement.reloading();
        self.restarting = true;
        for slot in &mut self.slots {
            slot.due = Some(Due::Restart);
        }
    }

    pub(super) fn replace_one(&mut self, now: Instant) {
        let is_busy = !self.leaving.is_empty() || self.slots.iter().any(|slot| slot.next.is_some());
        if is_busy || self.settings.reload || self.phase != Phase::Serving {
            return;
        }
        let Some(index) = self.slots.iter_mut().position(|slot| slot.wants_next(now)) else {
            return self.restart_ended();
        };
        let Some(due) = self.slots[index].due.take() else { return };
        match self.spawn(index) {
            Ok(worker) => {
                if let Due::Spent(reason) = &due {
                    tracing::info!(worker = index, pid = worker.pid, "replacing a worker: {reason}");
                }
                self.slots[index].next = Some((worker, due));
            }
            Err(error) => {
                let slot = &mut self.slots[index];
                let (pause, _) = slot.backoff.after(Duration::ZERO);
                (slot.due, slot.retry_at) = (Some(due), now + pause);
                tracing::error!(worker = index, %error, "the new worker could not be started");
            }
        }
    }

    /// The replacement serves: the old one may go.
    pub(super) fn promote(&mut self, index: usize) {
        let notice = self.notice();
        let slot = &mut self.slots[index];
        let next = slot.next.take().map(|(worker, _)| worker);
        slot.restarts += 1;
        if let Some(mut old) = std::mem::replace(&mut slot.current, next) {
            old.leave(notice);
            self.leaving.push(old);
        }
    }

    /// Says so once a restart that somebody asked for has come to its end.
    pub(super) fn restart_ended(&mut self) {
        let wanted = |slot: &super::Slot| {
            let next = slot.next.as_ref().map(|(_, due)| due);
            slot.due.iter().chain(next).any(|due| *due == Due::Restart)
        };
        if self.restarting && self.leaving.is_empty() && !self.slots.iter().any(wanted) {
            self.restarting = false;
            tracing::info!("the restart is over");
            self.announcement.reloaded();
        }
    }

    /// The app's files are not what they were: the worker ends, and a new one starts once it has.
    pub(super) fn changed(&mut self, files: &[PathBuf]) {
        if matches!(self.phase, Phase::Stopping(_)) {
            return;
        }
        tracing::info!("{}; reloading", told(files));
        let notice = Notice { cut: Some(HASTE), kill: Some(2 * HASTE) };
        for slot in &mut self.slots {
            for mut worker in slot.clear() {
                worker.leave(notice);
                self.leaving.push(worker);
            }
            slot.start_at = Some(Instant::now());
        }
    }
}

/// `app.py changed`, `app.py and 2 other files changed`
fn told(files: &[PathBuf]) -> String {
    // Files are told by their real paths.
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    let shown = |file: &Path| file.strip_prefix(&here).unwrap_or(file).display().to_string();
    match files {
        [] => "told to".to_owned(),
        [file] => format!("{} changed", shown(file)),
        [file, _] => format!("{} and 1 other file changed", shown(file)),
        [file, others @ ..] => format!("{} and {} other files changed", shown(file), others.len()),
    }
}
