//! One worker process, as its supervisor sees it.

use std::io;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::net::SendFlags;
use rustix::process::Signal;
use tokio::net::unix::OwnedWriteHalf;
use tokio::process::Child;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::event::{Event, Id};
use super::line::Told;
use super::tender;

/// How far a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It imports the app.
    Booting,
    Serving,
    /// It was told to stop.
    Leaving,
}

/// How long a worker that is told to stop may take; `None` is for ever.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notice {
    /// Until what is open is cut, where that is not the worker's own business.
    pub(super) cut: Option<Duration>,
    /// Until the process is killed.
    pub(super) kill: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Worker {
    pub(super) id: Id,
    /// Which worker it is, from 0; its replacement has the same.
    pub(super) index: usize,
    pub(super) pid: u32,
    pub(super) stage: Stage,
    pub(super) born: Instant,
    /// Since when a ping has had no answer.
    pub(super) asked: Option<Instant>,
    /// How often in a row it was found to have too much memory.
    pub(super) heavy: u32,
    /// Who waits for its counters.
    pub(super) scrapers: Vec<oneshot::Sender<String>>,
    line: OwnedWriteHalf,
    signals: UnboundedSender<Signal>,
    cut_at: Option<Instant>,
    kill_at: Option<Instant>,
}

impl Worker {
    /// Tends a process that was started. Its words and its end arrive as events.
    pub(super) fn tend(
        id: Id,
        index: usize,
        (child, line): (Child, UnixStream),
        events: UnboundedSender<Event>,
    ) -> io::Result<Self> {
        let (read, write) = tokio::net::UnixStream::from_std(line)?.into_split();
        let pid = child.id().unwrap_or_default();
        let signals = tender::tend(id, child, read, events);
        Ok(Self {
            id,
            index,
            pid,
            stage: Stage::Booting,
            born: Instant::now(),
            asked: None,
            heavy: 0,
            scrapers: Vec::new(),
            line: write,
            signals,
            cut_at: None,
            kill_at: None,
        })
    }

    /// Hands its counters to those who wait for them.
    pub(super) fn counted(&mut self, text: &str) {
        for scraper in self.scrapers.drain(..) {
            // Whoever asked may have gone.
            let _ = scraper.send(text.to_owned());
        }
    }

    pub(super) fn tell(&self, told: Told) {
        // A worker that does not read is found out by its health; one that is gone, by its end. The kernel is asked, not the
        // runtime, which may not have heard yet that the line can be written to.
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        let _ = rustix::net::send(self.line.as_ref(), told.line(), flags);
    }

    /// Tells it to stop.
    pub(super) fn leave(&mut self, notice: Notice) {
        let now = Instant::now();
        if self.stage == Stage::Booting {
            // It hears nothing yet, and has nothing to drain.
            let _ = self.signals.send(Signal::TERM);
        }
        self.tell(Told::Stop);
        self.stage = Stage::Leaving;
        self.cut_at = notice.cut.map(|after| now + after);
        self.kill_at = notice.kill.map(|after| now + after);
    }

    /// Tells it to cut what is open.
    pub(super) fn cut(&mut self, kill: Option<Duration>) {
        self.tell(Told::Cut);
        self.cut_at = None;
        self.kill_at = kill.map(|after| Instant::now() + after);
    }

    pub(super) fn kill(&mut self) {
        self.stage = Stage::Leaving;
        let _ = self.signals.send(Signal::KILL);
        (self.cut_at, self.kill_at) = (None, None);
    }

    /// Does what the notice said, once its time has come.
    pub(super) fn press(&mut self, now: Instant) {
        if self.cut_at.is_some_and(|at| at <= now) {
            self.tell(Told::Cut);
            self.cut_at = None;
        }
        if self.kill_at.is_some_and(|at| at <= now) {
            tracing::warn!(
                worker = self.index,
                pid = self.pid,
                "the worker did not end in time and is killed"
            );
            self.kill();
        }
    }

    /// When [`press`](Self::press) has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.cut_at.into_iter().chain(self.kill_at).min()
    }
}
