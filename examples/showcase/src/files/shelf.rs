//! What visitors left, for a while: in a temporary directory that goes with the program. The oldest file goes first.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

use hyperserve::router::{PersistError, Spooled};
use serde::Serialize;
use tempfile::TempDir;
use tokio::sync::Mutex;

/// The most files that are kept, and the most bytes of them together: one upload always fits.
const FILES: usize = 16;
const BYTES: u64 = 64 * 1024 * 1024;

/// Ten seconds that say which second it is; `clip.sh` makes it.
const CLIP: &[u8] = include_bytes!("clip.webm");

/// The endings that a file keeps, for its media type comes from them. No script or style sheet is among them: the page may load
/// those from here.
const ENDINGS: [&str; 20] = [
    "avif", "csv", "flac", "gif", "gz", "html", "jpeg", "jpg", "json", "mp3", "mp4", "ogg", "pdf", "png",
    "svg", "txt", "wav", "webm", "webp", "zip",
];

/// The directory and what is in it. Clones are the same; with the last one it is removed. A process that
/// is killed leaves it behind.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    directory: TempDir,
    kept: Mutex<Kept>,
    changes: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    /// The oldest first.
    files: VecDeque<Upload>,
    /// Ever kept.
    count: u64,
}

/// A file that a visitor left.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Upload {
    /// Its name in the directory, which is ours.
    name: String,
    /// What its owner calls it: to be shown, and no more.
    called: Option<String>,
    bytes: u64,
}

impl Shelf {
    /// A new directory with the clip in it.
    pub(crate) fn new() -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("showcase-").tempdir()?;
        fs::write(directory.path().join("clip.webm"), CLIP)?;
        // So that no start says what another one said.
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let changes = AtomicU64::new(u64::try_from(started).unwrap_or_default());
        Ok(Self { shared: Arc::new(Shared { directory, kept: Mutex::default(), changes }) })
    }

    pub(crate) fn path(&self) -> &Path {
        self.shared.directory.path()
    }

    /// Another number whenever there are other files.
    pub(crate) fn changes(&self) -> u64 {
        self.shared.changes.load(Relaxed)
    }

    pub(crate) async fn uploads(&self) -> Vec<Upload> {
        self.shared.kept.lock().await.files.iter().cloned().collect()
    }

    /// Keeps an upload in place of the oldest ones, and gives the name under which it is there.
    pub(crate) async fn keep(&self, upload: Spooled) -> Result<String, PersistError> {
        let mut kept = self.shared.kept.lock().await;
        kept.count += 1;
        let name = format!("{:04}.{}", kept.count, ending(upload.file_name()));
        let called = upload.file_name().map(|called| called.chars().take(100).collect());
        // Counted before it is there: should this be dropped meanwhile, no file is left that nobody knows of.
        kept.files.push_back(Upload { name: name.clone(), called, bytes: upload.length() });
        for old in without_room(&mut kept.files) {
            // It may never have been there, and then it need not go.
            let _ = tokio::fs::remove_file(self.path().join(old.name)).await;
        }
        let there = upload.persist(self.path().join(&name)).without_sync().await;
        if there.is_err() {
            kept.files.pop_back();
        }
        self.shared.changes.fetch_add(1, Relaxed);
        there.map(|()| name)
    }
}

/// Takes out the oldest, until the rest may stay.
fn without_room(files: &mut VecDeque<Upload>) -> Vec<Upload> {
    let mut bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let mut old = Vec::new();
    while (files.len() > FILES || bytes > BYTES) && files.len() > 1 {
        let Some(oldest) = files.pop_front() else { break };
        bytes -= oldest.bytes;
        old.push(oldest);
    }
    old
}

fn ending(name: Option<&str>) -> &'static str {
    let given = name.and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    ENDINGS.into_iter().find(|known| known.eq_ignore_ascii_case(given)).unwrap_or("bin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(sizes: &[u64]) -> VecDeque<Upload> {
        sizes.iter().map(|&bytes| Upload { name: String::new(), called: None, bytes }).collect()
    }

    #[test]
    fn the_oldest_make_room() {
        let left = |sizes: &[u64]| {
            let mut files = files(sizes);
            let gone = without_room(&mut files).len();
            (gone, files.len())
        };
        assert_eq!(left(&[1; FILES]), (0, FILES));
        assert_eq!(left(&[1; FILES + 2]), (2, FILES));
        assert_eq!(left(&[BYTES - 1, 1]), (0, 2));
        assert_eq!(left(&[BYTES - 1, 1, 1]), (1, 2));
        assert_eq!(left(&[1, BYTES, BYTES]), (2, 1));
    }

    #[test]
    fn endings_are_ours() {
        for (name, kept) in [
            ("a.png", "png"),
            ("A.JPeG", "jpeg"),
            ("a.tar.gz", "gz"),
            ("a.js", "bin"),
            ("a.css", "bin"),
            ("a.png/../x", "bin"),
            ("png", "bin"),
            ("", "bin"),
        ] {
            assert_eq!(ending(Some(name)), kept, "{name}");
        }
        assert_eq!(ending(None), "bin");
    }

    #[test]
    fn the_directory_goes_with_the_last_clone() {
        let shelf = Shelf::new().unwrap();
        let (path, clone) = (shelf.path().to_owned(), shelf.clone());
        drop(shelf);
        assert_eq!(fs::read(path.join("clip.webm")).unwrap(), CLIP);
        drop(clone);
        assert!(!path.exists());
    }
}
