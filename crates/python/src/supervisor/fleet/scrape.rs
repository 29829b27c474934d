//! Asking workers for their counters.

use std::collections::HashSet;

use super::super::event::Id;
use super::super::line::Said;
use super::super::metrics::Probe;
use super::super::slot::Slot;
use super::{Fleet, Phase};

impl Fleet {
    /// Asks those that serve; in the drain, those that end.
    pub(super) fn probes(&mut self) -> Vec<Probe> {
        if matches!(self.phase, Phase::Stopping(_)) {
            return self.last_probes();
        }
        let probe = |slot: &mut Slot| {
            let restarts = slot.restarts;
            slot.serving().map(|worker| Probe::new(worker, restarts))
        };
        self.slots.iter_mut().filter_map(probe).collect()
    }

    /// One of each number, the latest: a label is told once.
    fn last_probes(&mut self) -> Vec<Probe> {
        let mut numbers = HashSet::new();
        let latest = self.leaving.iter_mut().rev().filter(|worker| numbers.insert(worker.index));
        let restarts = |index: usize| self.slots.get(index).map_or(0, |slot| slot.restarts);
        latest.map(|worker| Probe::new(worker, restarts(worker.index))).collect()
    }

    /// Of one that leaves, nothing but its counters matters.
    pub(super) fn said_leaving(&mut self, id: Id, said: &Said) {
        let worker = self.leaving.iter_mut().find(|worker| worker.id == id);
        if let (Some(worker), Said::Metrics(text)) = (worker, said) {
            worker.counted(text);
        }
    }
}
