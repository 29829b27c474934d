//! [`Standing`]: how the workers stand, for probes. The fleet tells it; whoever is probed asks, and waits for nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hyperserve_middleware::health::{Health, HealthError};

/// Clones are the same standing.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    ready: AtomicUsize,
    workers: AtomicUsize,
}

impl Standing {
    /// So many serve, of so many that there are to be. None serves from the moment of the word to stop.
    pub(super) fn tell(&self, ready: usize, workers: usize) {
        self.counts.ready.store(ready, Relaxed);
        self.counts.workers.store(workers, Relaxed);
    }

    /// Probes that are answered from it: ready while a worker serves.
    pub(super) fn health(&self) -> Result<Health, HealthError> {
        let [condition, ready, workers] = [(); 3].map(|()| Arc::clone(&self.counts));
        Health::builder()
            .with_ready(move || condition.ready.load(Relaxed) > 0)
            .with_figure("workers_ready", move || ready.ready.load(Relaxed) as u64)
            .with_figure("workers", move || workers.workers.load(Relaxed) as u64)
            .build()
    }
}
