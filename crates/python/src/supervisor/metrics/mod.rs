//! The counters of all workers, for Prometheus.

mod join;
mod page;
mod process;

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

pub(super) use self::page::answer;

use super::line::Told;
use super::usage::Usage;
use super::worker::Worker;

/// How long a scrape waits for workers that are busy; what has not answered by then is left out.
const PATIENCE: Duration = Duration::from_secs(2);

/// A worker that was asked for its counters.
#[derive(Debug)]
pub(super) struct Probe {
    index: usize,
    pid: u32,
    age: Duration,
    restarts: u64,
    text: oneshot::Receiver<String>,
}

impl Probe {
    pub(super) fn new(worker: &mut Worker, restarts: u64) -> Self {
        let (sender, text) = oneshot::channel();
        worker.scrapers.retain(|scraper| !scraper.is_closed());
        worker.scrapers.push(sender);
        worker.tell(Told::Metrics);
        Self { index: worker.index, pid: worker.pid, age: worker.born.elapsed(), restarts, text }
    }
}

/// One text of all workers' counters, each with the label `worker`, and of their processes.
async fn gather(probes: Vec<Probe>) -> String {
    let until = Instant::now() + PATIENCE;
    let mut texts = Vec::with_capacity(probes.len());
    let mut processes = Vec::with_capacity(probes.len());
    for probe in probes {
        processes.push(process::Process {
            index: probe.index,
            age: probe.age,
            restarts: probe.restarts,
            usage: Usage::of(probe.pid),
        });
        if let Ok(Ok(text)) = timeout_at(until, probe.text).await {
            texts.push((probe.index, text));
        }
    }
    join::join(&texts) + &process::render(&processes)
}
