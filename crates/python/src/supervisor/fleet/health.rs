//! Looking after workers that serve: whether they answer, how old they are, how much memory they have.

use std::time::Duration;

use tokio::time::Instant;

use super::super::line::Told;
use super::super::settings::Settings;
use super::super::slot::Due;
use super::super::usage;
use super::super::worker::Worker;
use super::Fleet;

/// Looks in a row that find too much memory before a worker is replaced: a peak is no leak.
const LOOKS: u32 = 3;

/// A worker younger than this is not replaced for its memory: its successor would have as much.
const YOUTH: Duration = Duration::from_secs(10);

impl Fleet {
    pub(super) fn look_after(&mut self, now: Instant) {
        let interval = self.settings.look_interval();
        // The whole machine may have slept, or this process alone: nobody is at fault for that.
        let overslept = now - self.tick > interval;
        self.tick = now + interval;
        for slot in &mut self.slots {
            let may_go = slot.due.is_none() && slot.next.is_none();
            let Some(worker) = slot.serving() else { continue };
            ping(worker, self.settings.patience, now, overslept);
            if let Some(reason) = spent(worker, &self.settings, now).filter(|_| may_go) {
                slot.due = Some(Due::Spent(reason));
            }
        }
    }
}

fn ping(worker: &mut Worker, patience: Option<Duration>, now: Instant, overslept: bool) {
    let Some(patience) = patience else { return };
    let asked = match worker.asked {
        None => {
            worker.tell(Told::Ping);
            now
        }
        Some(_) if overslept => now,
        Some(asked) => asked,
    };
    worker.asked = Some(asked);
    if now - asked >= patience {
        let (index, pid) = (worker.index, worker.pid);
        tracing::error!(worker = index, pid, "the worker has not answered for {patience:?} and is killed");
        worker.kill();
    }
}

/// Why the worker has served long enough, if it has.
fn spent(worker: &mut Worker, settings: &Settings, now: Instant) -> Option<String> {
    let age = now - worker.born;
    if let Some(lifetime) = settings.lifetime.filter(|lifetime| age >= *lifetime) {
        return Some(format!("it has lived for {lifetime:?}"));
    }
    let limit = settings.max_rss.filter(|_| age >= YOUTH)?;
    let resident = usage::resident(worker.pid).filter(|resident| *resident > limit);
    worker.heavy = if resident.is_some() { worker.heavy + 1 } else { 0 };
    let resident = resident.filter(|_| worker.heavy >= LOOKS)?;
    Some(format!("it has {} MiB in memory", resident / (1024 * 1024)))
}
