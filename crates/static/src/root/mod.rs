//! [`Root`]: the directory that is served, and opening what is beneath it and nothing else.

mod beneath;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;

use self::beneath::Beneath;
use crate::stamp::Stamp;

/// The directory that is served. It is held open, so that what is beneath it cannot be turned into something else; when its
/// path names another directory, [`refresh`](Self::refresh) takes that.
#[derive(Debug)]
pub(crate) struct Root {
    path: PathBuf,
    opened: ArcSwap<Opened>,
    beneath: Beneath,
}

#[derive(Debug)]
struct Opened {
    directory: OwnedFd,
    stamp: Stamp,
}

impl Opened {
    fn new(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { directory: file.into(), stamp: Stamp::of(&metadata) })
    }
}

/// What there is of a name.
#[derive(Debug)]
pub(crate) enum Entry {
    File(File, Stamp),
    Directory(File),
    /// Nothing that is served: nothing at all, something that is neither, or something that may not be read.
    Nothing,
}

impl Root {
    /// Opens the directory.
    pub(crate) fn open(path: PathBuf, symlinks: bool) -> io::Result<Self> {
        let opened = Opened::new(&path)?;
        let beneath = Beneath::choose(&opened.directory, symlinks)?;
        Ok(Self { path, opened: ArcSwap::from_pointee(opened), beneath })
    }

    pub(crate) fn with_symlinks(&self, symlinks: bool) -> io::Result<Self> {
        Self::open(self.path.clone(), symlinks)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the directory that the path names now, and says whether it is another: a new release that a symbolic link was
    /// pointed to. While it names none, the last one stays.
    pub(crate) fn refresh(&self) -> bool {
        let Ok(metadata) = std::fs::metadata(&self.path) else { return false };
        if self.opened.load().stamp.is_same_file(&Stamp::of(&metadata)) {
            return false;
        }
        let Ok(opened) = Opened::new(&self.path) else { return false };
        self.opened.store(Arc::new(opened));
        true
    }

    /// Opens what `name` is; the empty one is the root itself.
    ///
    /// An error is one that says nothing of the file: no descriptors left, a disk that fails.
    pub(crate) fn entry(&self, name: &str) -> io::Result<Entry> {
        let file = match self.opened(name) {
            Ok(file) => file,
            Err(error) if is_nothing(&error) => return Ok(Entry::Nothing),
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        Ok(if metadata.is_file() {
            Entry::File(file, Stamp::of(&metadata))
        } else if metadata.is_dir() {
            Entry::Directory(file)
        } else {
            Entry::Nothing
        })
    }

    /// The state of a file, if there is one of that name.
    pub(crate) fn stamp(&self, name: &str) -> io::Result<Option<Stamp>> {
        Ok(match self.entry(name)? {
            Entry::File(_, stamp) => Some(stamp),
            Entry::Directory(_) | Entry::Nothing => None,
        })
    }

    fn opened(&self, name: &str) -> io::Result<File> {
        let name = name.trim_end_matches('/');
        let name = if name.is_empty() { "." } else { name };
        self.beneath.open(&self.opened.load().directory, name)
    }
}

/// Whether an error says that there is nothing to serve under a name. What may not be read is nothing, so that nobody learns
/// that it is there.
fn is_nothing(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let nothing = [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::ACCESS,
        Errno::PERM,
        Errno::LOOP,
        Errno::XDEV,
        Errno::NAMETOOLONG,
        Errno::INVAL,
        Errno::ILSEQ,
        Errno::NXIO,
        Errno::NODEV,
    ];
    Errno::from_io_error(error).is_some_and(|errno| nothing.contains(&errno))
}

#[cfg(test)]
mod tests;
