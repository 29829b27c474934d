//! [`find`]: what there is under a name. It asks the file system, and so runs where it may wait.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use hyperserve_core::Coding;

use crate::representation::{Content, Representation, Resource};
use crate::root::{Entry, Root};
use crate::settings::Settings;
use crate::stamp::Stamp;
use rustix::fs::OFlags;

/// Of equals, the one that takes the fewest bytes.
pub(crate) const CODINGS: [(Coding, &str); 3] =
    [(Coding::Brotli, ".br"), (Coding::Zstd, ".zst"), (Coding::Gzip, ".gz")];

/// What a name comes to.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    File(Arc<Resource>),
    /// A directory that was named without its slash.
    Redirect,
    /// A directory without an index.
    Directory,
    Nothing,
}

/// What was looked at for an answer, by name: while it is all the same, so is the answer.
pub(crate) type Seen = Vec<(String, Option<Stamp>)>;

/// Looks a name up.
pub(crate) fn find(root: &Root, settings: &Settings, name: &str) -> io::Result<(Found, Seen)> {
    let mut finder = Finder { root, settings, seen: Vec::new() };
    let found = finder.find(name)?;
    Ok((found, finder.seen))
}

/// Whether what was seen is what there is.
pub(crate) fn is_unchanged(root: &Root, seen: &Seen) -> io::Result<bool> {
    for (name, stamp) in seen {
        if root.stamp(name)? != *stamp {
            return Ok(false);
        }
    }
    Ok(true)
}

struct Finder<'a> {
    root: &'a Root,
    settings: &'a Settings,
    seen: Seen,
}

impl Finder<'_> {
    fn find(&mut self, name: &str) -> io::Result<Found> {
        let is_directory = name.is_empty() || name.ends_with('/');
        match self.root.entry(name)? {
            Entry::File(file, stamp) if !is_directory => self.file(name, file, stamp),
            Entry::Directory(_) if is_directory => self.index(name),
            Entry::Directory(_) => Ok(Found::Redirect),
            Entry::File(..) | Entry::Nothing => {
                self.seen.push((name.to_owned(), None));
                Ok(Found::Nothing)
            }
        }
    }

    fn index(&mut self, directory: &str) -> io::Result<Found> {
        for index in &self.settings.index {
            let name = format!("{directory}{index}");
            if let Entry::File(file, stamp) = self.root.entry(&name)? {
                return self.file(&name, file, stamp);
            }
            self.seen.push((name, None));
        }
        Ok(Found::Directory)
    }

    fn file(&mut self, name: &str, file: File, stamp: Stamp) -> io::Result<Found> {
        let labels = self.settings.labels(name);
        let siblings = if self.settings.precompressed { self.siblings(name, &stamp)? } else { Vec::new() };
        let varies = !siblings.is_empty();
        let (content, stamp) = self.content(file, stamp)?;
        self.seen.push((name.to_owned(), Some(stamp)));
        let mut coded = Vec::with_capacity(siblings.len());
        for (coding, sibling, file, stamp) in siblings {
            let (content, stamp) = self.content(file, stamp)?;
            coded.push((coding, Representation::new(content, stamp.modified(), &labels, Some(coding), true)));
            self.seen.push((sibling, Some(stamp)));
        }
        let plain = Representation::new(content, stamp.modified(), &labels, None, varies);
        Ok(Found::File(Arc::new(Resource::new(plain, coded))))
    }

    /// The coded files beside one. What is older was made of something else.
    fn siblings(&mut self, name: &str, plain: &Stamp) -> io::Result<Vec<(Coding, String, File, Stamp)>> {
        let mut siblings = Vec::new();
        for (coding, suffix) in CODINGS {
            let sibling = format!("{name}{suffix}");
            match self.root.entry(&sibling)? {
                Entry::File(file, stamp) if !stamp.is_older_than(plain) => {
                    siblings.push((coding, sibling, file, stamp))
                }
                Entry::File(_, stamp) => self.seen.push((sibling, Some(stamp))),
                Entry::Directory(_) | Entry::Nothing => self.seen.push((sibling, None)),
            }
        }
        Ok(siblings)
    }

    /// What is small is read at once, so that it is one state of the file; the state is that which was read.
    fn content(&self, file: File, stamp: Stamp) -> io::Result<(Content, Stamp)> {
        if stamp.length() > self.settings.most_in_memory() {
            // It was opened so as not to wait for the other end of a pipe, which it is not: now nothing of it may be put off.
            rustix::fs::fcntl_setfl(&file, OFlags::empty())?;
            return Ok((Content::Disk(Arc::new(file), stamp), stamp));
        }
        read_settled(&file, stamp).map(|(bytes, stamp)| (Content::Memory(bytes), stamp))
    }
}

/// Reads a file as it was at one moment: again, if somebody writes meanwhile.
fn read_settled(file: &File, mut stamp: Stamp) -> io::Result<(Bytes, Stamp)> {
    use std::os::unix::fs::FileExt as _;
    for _ in 0..8 {
        let mut bytes = vec![0; usize::try_from(stamp.length()).unwrap_or_default()];
        let is_whole = match file.read_exact_at(&mut bytes, 0) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(error) => return Err(error),
        };
        let now = Stamp::of(&file.metadata()?);
        if is_whole && now.has_same_content(&stamp) {
            return Ok((bytes.into(), now));
        }
        stamp = now;
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "the file is written to all the time"))
}
