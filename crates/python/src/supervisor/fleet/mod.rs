//! The workers together: one task that hears of everything that happens and decides what is to be done.

mod ends;
mod health;
mod replace;
mod scrape;
mod signals;
mod stop;

use std::io;
use std::rc::Rc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

use super::announcement::Announcement;
use super::backoff::Backoff;
use super::event::{Event, Id};
use super::line::Said;
use super::queue::Queue;
use super::settings::Settings;
use super::slot::Slot;
use super::spawner::Spawner;
use super::standing::Standing;
use super::worker::{Stage, Worker};

/// What the supervisor is up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No worker has ever been ready: the first goes ahead, so that an app that cannot start says so once.
    Starting,
    Serving,
    /// Told to stop, so many times.
    Stopping(u32),
}

#[derive(Debug)]
pub(super) struct Fleet {
    settings: Settings,
    spawner: Spawner,
    /// Of each slot in turn, round and round.
    queues: Vec<Rc<Queue>>,
    announcement: Announcement,
    standing: Standing,
    events: UnboundedSender<Event>,
    phase: Phase,
    slots: Vec<Slot>,
    /// Workers that were told to stop.
    leaving: Vec<Worker>,
    /// When workers are looked at next.
    tick: Instant,
    /// Whether a restart that somebody asked for is under way.
    restarting: bool,
    ids: u64,
    code: i32,
}

impl Fleet {
    pub(super) fn new(
        settings: Settings,
        spawner: Spawner,
        queues: Vec<Queue>,
        announcement: Announcement,
        standing: Standing,
        events: UnboundedSender<Event>,
    ) -> Self {
        let mut fleet = Self {
            settings,
            spawner,
            queues: queues.into_iter().map(Rc::new).collect(),
            announcement,
            standing,
            events,
            phase: Phase::Starting,
            slots: Vec::new(),
            leaving: Vec::new(),
            tick: Instant::now(),
            restarting: false,
            ids: 0,
            code: 0,
        };
        fleet.slots = (0..fleet.settings.workers).map(|index| fleet.slot(index, None)).collect();
        fleet.slots[0].start_at = Some(Instant::now());
        fleet
    }

    fn slot(&self, index: usize, start_at: Option<Instant>) -> Slot {
        let queue = Rc::clone(&self.queues[index % self.queues.len()]);
        let (first, longest) = self.settings.respawn;
        Slot::new(queue, start_at, Backoff::new(first, longest))
    }

    /// Until the last worker has ended; the exit code of the command.
    pub(super) async fn run(mut self, mut events: UnboundedReceiver<Event>) -> i32 {
        loop {
            self.advance(Instant::now());
            self.tell_standing();
            if matches!(self.phase, Phase::Stopping(_)) && self.leaving.is_empty() {
                return self.code;
            }
            tokio::select! {
                event = events.recv() => if let Some(event) = event { self.take(event) },
                () = tokio::time::sleep_until(self.wake_at()) => {}
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Signal(signal) => self.signalled(signal),
            Event::Said(id, said) => self.said(id, said),
            Event::Ended(id, status) => self.ended(id, status),
            Event::Changed(files) => self.changed(&files),
            Event::Scraped(answer) => {
                // Whoever asked may have gone.
                let _ = answer.send(self.probes());
            }
        }
    }

    /// Does what is due.
    fn advance(&mut self, now: Instant) {
        for worker in &mut self.leaving {
            worker.press(now);
        }
        if matches!(self.phase, Phase::Stopping(_)) {
            return;
        }
        self.start_missing(now);
        if self.tick <= now {
            self.look_after(now);
        }
        self.replace_one(now);
    }

    fn wake_at(&self) -> Instant {
        let starts = self.slots.iter().filter_map(|slot| slot.start_at).filter(|_| !self.holds_starts());
        let presses = self.leaving.iter().filter_map(Worker::deadline);
        let tick = (!matches!(self.phase, Phase::Stopping(_))).then_some(self.tick);
        let far = || Instant::now() + self.settings.look_interval();
        starts.chain(presses).chain(tick).min().unwrap_or_else(far)
    }

    fn start_missing(&mut self, now: Instant) {
        for index in 0..self.slots.len() {
            if !self.holds_starts() && self.slots[index].start_at.is_some_and(|at| at <= now) {
                self.start(index, now);
            }
        }
    }

    /// When files have changed, the new worker waits for the end of the old one, and so for whatever the app takes for itself.
    fn holds_starts(&self) -> bool {
        self.settings.reload && !self.leaving.is_empty()
    }

    fn start(&mut self, index: usize, now: Instant) {
        match self.spawn(index) {
            Ok(worker) => {
                let slot = &mut self.slots[index];
                (slot.current, slot.start_at, slot.due) = (Some(worker), None, None);
            }
            Err(error) if self.phase == Phase::Starting => self.give_up(&error.to_string()),
            Err(error) => self.start_later(index, now, &error),
        }
    }

    fn start_later(&mut self, index: usize, now: Instant, error: &io::Error) {
        let slot = &mut self.slots[index];
        let (pause, _) = slot.backoff.after(std::time::Duration::ZERO);
        slot.start_at = Some(now + pause);
        tracing::error!(worker = index, %error, "the worker could not be started; trying again in {pause:?}");
    }

    fn spawn(&mut self, index: usize) -> io::Result<Worker> {
        self.ids += 1;
        let process = self.spawner.spawn(index, &self.slots[index].queue)?;
        let worker = Worker::tend(Id(self.ids), index, process, self.events.clone())?;
        tracing::debug!(worker = index, pid = worker.pid, "worker started");
        Ok(worker)
    }

    fn said(&mut self, id: Id, said: Said) {
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.holds(id)) else {
            return self.said_leaving(id, &said);
        };
        let is_next = slot.is_next(id);
        let Some(worker) = slot.find(id) else { return };
        match said {
            Said::Pong => worker.asked = None,
            Said::Metrics(text) => worker.counted(&text),
            Said::Bye(reason) if !is_next => slot.due = Some(super::slot::Due::Spent(reason)),
            Said::Bye(_) => {}
            Said::Ready => {
                let index = worker.index;
                worker.stage = Stage::Serving;
                tracing::info!(worker = index, pid = worker.pid, "worker ready");
                if is_next { self.promote(index) } else { self.first_ready() }
            }
        }
    }

    /// Once a worker serves, everybody may know, and the others start.
    fn first_ready(&mut self) {
        if self.phase != Phase::Starting {
            return;
        }
        self.phase = Phase::Serving;
        self.announcement.ready(self.settings.workers);
        for slot in self.slots.iter_mut().filter(|slot| slot.current.is_none()) {
            slot.start_at = Some(Instant::now());
        }
    }

    /// For probes: what has happened is told before anybody can ask.
    fn tell_standing(&mut self) {
        let ready = self.slots.iter_mut().filter_map(|slot| slot.serving().map(|_| ())).count();
        self.standing.tell(ready, self.slots.len());
    }
}
