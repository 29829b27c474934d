//! Watching folders and everything below them, but for the folders that hold no code: notify's own recursion knows no
//! exception, and a `node_modules` costs thousands of watches.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::filter::Filter;

/// What the system tells, as far as it may matter.
#[derive(Debug)]
pub(super) enum Found {
    /// A file that counts was written, made, moved or removed.
    File(PathBuf),
    /// Something was moved away, all that was in it with it.
    Left(PathBuf),
    /// A folder is there that was not.
    Folder(PathBuf),
    /// The system lost count.
    Anything,
}

#[derive(Debug)]
pub(super) struct Tree {
    watcher: RecommendedWatcher,
    filter: Filter,
    roots: Vec<PathBuf>,
    watched: HashSet<PathBuf>,
}

impl Tree {
    pub(super) fn new(roots: &[String], filter: Filter) -> Result<(Self, UnboundedReceiver<Found>), String> {
        let (sender, found) = unbounded_channel();
        let watcher = notify::recommended_watcher(observer(filter.clone(), sender))
            .map_err(|error| format!("files cannot be watched: {error}"))?;
        let mut tree = Self { watcher, filter, roots: Vec::new(), watched: HashSet::new() };
        for root in roots {
            let root = fs::canonicalize(root).map_err(|error| format!("reload_dir {root}: {error}"))?;
            tree.walk(&root, true)?;
            tree.roots.push(root);
        }
        Ok((tree, found))
    }

    /// The files that changed; a new folder is watched from here on, and its files are changes.
    pub(super) fn take(&mut self, found: Found) -> Vec<PathBuf> {
        match found {
            Found::File(file) => vec![file],
            Found::Left(folder) => self.forget(&folder).into_iter().collect(),
            Found::Folder(folder) => self.walk_or_warn(&folder),
            Found::Anything => {
                let roots = self.roots.clone();
                roots.iter().flat_map(|root| self.walk_or_warn(root)).take(1).collect()
            }
        }
    }

    /// Whether a folder above a file has turned out to be none of ours: that a folder is a virtual environment is written
    /// into it after it was made.
    pub(super) fn leaves_out(&self, file: &Path) -> bool {
        let roots = self.roots.iter().filter(|root| file.starts_with(root));
        let Some(root) = roots.max_by_key(|root| root.as_os_str().len()) else { return false };
        file.ancestors()
            .skip(1)
            .take_while(|folder| *folder != root && folder.starts_with(root))
            .any(|folder| self.filter.skips(folder))
    }

    /// A folder that was watched is a change when it goes as a whole; notify has let go of it itself.
    fn forget(&mut self, folder: &Path) -> Option<PathBuf> {
        let was_watched = self.watched.contains(folder);
        if was_watched {
            self.watched.retain(|known| !known.starts_with(folder));
        }
        was_watched.then(|| folder.to_owned())
    }

    fn walk_or_warn(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.walk(folder, false).unwrap_or_else(|error| {
            tracing::warn!("{error}");
            Vec::new()
        })
    }

    /// Watches a folder and what is below it; answers the files that count.
    fn walk(&mut self, folder: &Path, is_root: bool) -> Result<Vec<PathBuf>, String> {
        let mut files = Vec::new();
        let mut seen = HashSet::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            // A link may lead back up.
            let known = fs::metadata(&folder).is_ok_and(|found| !seen.insert((found.dev(), found.ino())));
            if known || (!(is_root && seen.len() == 1) && self.filter.skips(&folder)) {
                continue;
            }
            // What is made from here on is told; what was made before is read below.
            self.watch(&folder)?;
            for path in entries(&folder) {
                if path.is_dir() {
                    folders.push(path);
                } else if self.filter.counts(&path) {
                    files.push(path);
                }
            }
        }
        Ok(files)
    }

    fn watch(&mut self, folder: &Path) -> Result<(), String> {
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(folder.to_owned());
                Ok(())
            }
            Err(error) => match error.kind {
                // It has gone again.
                ErrorKind::PathNotFound => Ok(()),
                ErrorKind::MaxFilesWatch => Err(format!(
                    "{}: the system watches no more folders: raise fs.inotify.max_user_watches, or name fewer with reload_dir \
                     and reload_exclude",
                    folder.display()
                )),
                ref kind => Err(format!("{} cannot be watched: {kind:?}", folder.display())),
            },
        }
    }
}

/// What there is; nothing, if the folder has gone or may not be read.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok().map(|entry| entry.path()))
}

/// Runs on notify's thread, which sees each file that Python opens.
fn observer(filter: Filter, found: UnboundedSender<Found>) -> impl Fn(notify::Result<notify::Event>) + Send {
    move |event| {
        let Ok(event) = event else { return };
        if event.need_rescan() {
            let _ = found.send(Found::Anything);
        }
        if !matters(event.kind) {
            return;
        }
        let has_left = matches!(event.kind, EventKind::Modify(ModifyKind::Name(RenameMode::From)));
        let is_new = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)));
        for path in event.paths {
            if filter.counts(&path) {
                let _ = found.send(Found::File(path));
            } else if has_left {
                let _ = found.send(Found::Left(path));
            } else if is_new && path.is_dir() && !filter.skips(&path) {
                let _ = found.send(Found::Folder(path));
            }
        }
    }
}

fn matters(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(_) | EventKind::Remove(_) => true,
        EventKind::Modify(what) => !matches!(what, ModifyKind::Metadata(_)),
        EventKind::Access(what) => what == AccessKind::Close(AccessMode::Write),
        EventKind::Any | EventKind::Other => false,
    }
}
