//! `--reload`: which files of the app change.

mod filter;
mod tree;

use std::path::PathBuf;
use std::time::Duration;

use hyperserve::Config;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout_at};

use self::filter::Filter;
use self::tree::{Found, Tree};
use super::event::Event;

/// So many quiet times later a burst that does not end is told all the same.
const BURST: u32 = 20;

/// Folders that are being watched.
#[derive(Debug)]
pub(super) struct Watch {
    tree: Tree,
    found: UnboundedReceiver<Found>,
    quiet: Duration,
}

impl Watch {
    /// Watches `reload_dir`; without it the working directory, and `app_dir` if that is elsewhere.
    ///
    /// # Errors
    ///
    /// One sentence: a folder that is not there, a pattern that is none, or a system that lets no more be watched.
    pub(super) fn new(config: &Config, quiet: Duration) -> Result<Self, String> {
        let (include, exclude) = (config.list("reload_include"), config.list("reload_exclude"));
        // uvicorn takes folders among the patterns as well.
        let (folders, include): (Vec<_>, Vec<_>) =
            include.into_iter().partition(|pattern| PathBuf::from(pattern).is_dir());
        let mut roots = config.list("reload_dir");
        if roots.is_empty() {
            roots = vec![".".to_owned()];
            roots.extend(Some(config.text("app_dir")).filter(|dir| !dir.is_empty()));
        }
        roots.extend(folders);
        let filter = Filter::new(&include, &exclude)?;
        let (tree, found) = Tree::new(&roots, filter)?;
        Ok(Self { tree, found, quiet })
    }

    /// Tells of changes once they have come to rest, until the supervisor is gone.
    pub(super) async fn run(mut self, events: UnboundedSender<Event>) {
        while let Some(found) = self.found.recv().await {
            let mut files = self.tree.take(found);
            if !files.is_empty() {
                self.settle(&mut files).await;
            }
            files.retain(|file| !self.tree.leaves_out(file));
            if !files.is_empty() && events.send(Event::Changed(files)).is_err() {
                return;
            }
        }
    }

    /// Editors, formatters and version control write in bursts.
    async fn settle(&mut self, files: &mut Vec<PathBuf>) {
        let last = Instant::now() + self.quiet * BURST;
        let mut rest = Instant::now() + self.quiet;
        while let Ok(Some(found)) = timeout_at(rest.min(last), self.found.recv()).await {
            let more = self.tree.take(found);
            if !more.is_empty() {
                rest = Instant::now() + self.quiet;
            }
            for file in more {
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
    }
}
