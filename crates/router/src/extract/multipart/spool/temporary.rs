//! [`TemporaryFile`]: what a field is written to, removed when it is dropped.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempPath;
use tokio::runtime::Handle;

/// What the names begin with. File servers leave out names with a dot in front, should the directory be one of theirs.
const PREFIX: &str = ".upload-";

/// A file of a random name that nobody else may read (Unix: mode 0600).
#[derive(Debug)]
pub(super) struct TemporaryFile {
    file: Arc<File>,
    /// Removes the file. Taken when the file is dropped or gets another name.
    path: Option<TempPath>,
}

impl TemporaryFile {
    /// Creates one. Blocks.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        let (file, path) = tempfile::Builder::new().prefix(PREFIX).tempfile_in(directory)?.into_parts();
        Ok(Self { file: Arc::new(file), path: Some(path) })
    }

    /// Writes `data` behind what is there. Blocks.
    pub(super) fn append(&self, data: &[u8]) -> io::Result<()> {
        let mut file: &File = &self.file;
        file.write_all(data).map_err(|error| {
            io::Error::new(error.kind(), format!("{error}, while {} was written", self.path().display()))
        })
    }

    /// The open file. All who read it share it, and where it stands: they say themselves where they read.
    pub(super) const fn file(&self) -> &Arc<File> {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }

    /// Gives the file another name, under which it stays.
    pub(super) fn rename(&mut self, path: &Path, overwrite: bool) -> io::Result<()> {
        let Some(old) = self.path.take() else { return Ok(()) };
        let named = if overwrite { old.persist(path) } else { old.persist_noclobber(path) };
        named.map_err(|unnamed| {
            self.path = Some(unnamed.path);
            unnamed.error
        })
    }

    /// Makes a file that has got another name temporary again.
    pub(super) fn take_back(&mut self, path: &Path) {
        self.path = TempPath::try_from_path(path).ok();
    }
}

impl Drop for TemporaryFile {
    /// Removes and closes the file on a blocking thread: with a large one a file system can take a while over it. Without
    /// a runtime, or with one that is ending, that happens here.
    fn drop(&mut self) {
        let Some(path) = self.path.take() else { return };
        let file = Arc::clone(&self.file);
        let remove = move || {
            drop(path);
            drop(file);
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(directory: &Path) -> usize {
        std::fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn it_is_removed_without_a_runtime_and_with_one_that_ends() {
        let directory = tempfile::tempdir().unwrap();
        let file = TemporaryFile::create(directory.path()).unwrap();
        assert_eq!(count(directory.path()), 1);
        drop(file);
        assert_eq!(count(directory.path()), 0);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let file = TemporaryFile::create(directory.path()).unwrap();
        runtime.block_on(async { drop(file) });
        drop(runtime);
        assert_eq!(count(directory.path()), 0);
    }

    #[cfg(unix)]
    #[test]
    fn it_is_hidden_and_private() {
        use std::os::unix::fs::MetadataExt;
        let directory = tempfile::tempdir().unwrap();
        let file = TemporaryFile::create(directory.path()).unwrap();
        assert!(file.path().file_name().unwrap().to_str().unwrap().starts_with(".upload-"));
        assert_eq!(file.file().metadata().unwrap().mode() & 0o7777, 0o600);
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let error = TemporaryFile::create(Path::new("/not/there")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().contains("/not/there"), "{error}");
    }
}
