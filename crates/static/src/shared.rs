//! [`Shared`]: one directory as all clones of a service have it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::cache::{FileCache, Looked, Slot};
use crate::listing::Listing;
use crate::lookup::Found;
use crate::settings::Settings;
use crate::source::Source;

/// Threads that look names up at one time.
const LOOKING: usize = 64;

/// How often the path of the root is asked whether it is another directory.
const ROOT: Duration = Duration::from_secs(1);

static LOOKERS: Semaphore = Semaphore::const_new(LOOKING);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) source: Arc<Source>,
    pub(crate) settings: Settings,
    pub(crate) cache: FileCache,
    started: Instant,
    /// When the root was looked at, in milliseconds since the start.
    root_checked: AtomicU64,
}

impl Shared {
    pub(crate) fn new(source: Arc<Source>, settings: Settings) -> Self {
        let cache = FileCache::new(&settings);
        Self { source, settings, cache, started: Instant::now(), root_checked: AtomicU64::new(0) }
    }

    /// What a name comes to, if that is known.
    pub(crate) fn known(&self, name: &str) -> Looked {
        self.cache.look(name)
    }

    /// What a name comes to, by the file system.
    pub(crate) async fn found(
        self: &Arc<Self>,
        name: String,
        stale: Option<Arc<Slot>>,
    ) -> io::Result<Arc<Slot>> {
        let shared = Arc::clone(self);
        waiting(move || shared.look_up(&name, stale)).await
    }

    pub(crate) async fn listed(self: &Arc<Self>, name: String) -> io::Result<Option<Listing>> {
        let shared = Arc::clone(self);
        waiting(move || shared.source.list(&shared.settings, &name)).await
    }

    fn look_up(&self, name: &str, stale: Option<Arc<Slot>>) -> io::Result<Arc<Slot>> {
        let is_new = self.refresh_root();
        if let Some(slot) = stale.filter(|_| !is_new)
            && matches!(slot.found, Found::File(_))
            && self.source.is_unchanged(&slot.seen)?
        {
            return Ok(slot);
        }
        let (found, seen) = self.source.find(&self.settings, name)?;
        Ok(self.cache.keep(name, found, seen))
    }

    fn refresh_root(&self) -> bool {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let checked = self.root_checked.load(Ordering::Relaxed);
        let is_due = u128::from(now.saturating_sub(checked)) >= ROOT.as_millis();
        if !is_due
            || self.root_checked.compare_exchange(checked, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return false;
        }
        let is_new = self.source.refresh();
        if is_new {
            self.cache.clear();
        }
        is_new
    }
}

/// Does what may wait on one of a bounded number of threads.
async fn waiting<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    let permit = LOOKERS.acquire().await.map_err(io::Error::other)?;
    let done = spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    });
    done.await?
}
