//! The file that holds the process's number, for those who send it signals.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// A file with our number in it. Dropping it removes the file, unless it holds another number by then.
#[derive(Debug)]
#[must_use = "the file is removed when this is dropped"]
pub(crate) struct PidFile {
    path: PathBuf,
}

impl PidFile {
    /// Writes the number and a line break. A file that is there is overwritten: it is of a process that was killed.
    ///
    /// # Errors
    ///
    /// One sentence with the path.
    pub(crate) fn write(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        fs::write(&path, format!("{}\n", process::id()))
            .map_err(|error| io::Error::new(error.kind(), format!("pid file {}: {error}", path.display())))?;
        Ok(Self { path })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        let ours = fs::read_to_string(&self.path).is_ok_and(|text| text.trim() == process::id().to_string());
        if ours {
            // The next start overwrites a file that stays.
            let _ = fs::remove_file(&self.path);
        }
    }
}
