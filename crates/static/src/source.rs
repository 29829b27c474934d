//! [`Source`]: where files come from.

use std::io;
use std::path::Path;

#[cfg(feature = "embed")]
use crate::embedded::Embedded;
use crate::listing::{self, Listing};
use crate::lookup::{Found, Seen, find, is_unchanged};
use crate::root::Root;
use crate::settings::Settings;

/// A directory of the file system, or one in the program.
#[derive(Debug)]
pub(crate) enum Source {
    Directory(Root),
    #[cfg(feature = "embed")]
    Embedded(Embedded),
}

impl Source {
    /// The same, with symbolic links followed or not.
    pub(crate) fn with_symlinks(&self, symlinks: bool) -> io::Result<Self> {
        match self {
            Self::Directory(root) => root.with_symlinks(symlinks).map(Self::Directory),
            #[cfg(feature = "embed")]
            Self::Embedded(embedded) => Ok(Self::Embedded(*embedded)),
        }
    }

    /// For people.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Directory(root) => root.path(),
            #[cfg(feature = "embed")]
            Self::Embedded(_) => Path::new(crate::embedded::NAME),
        }
    }

    pub(crate) fn refresh(&self) -> bool {
        match self {
            Self::Directory(root) => root.refresh(),
            #[cfg(feature = "embed")]
            Self::Embedded(_) => false,
        }
    }

    pub(crate) fn find(&self, settings: &Settings, name: &str) -> io::Result<(Found, Seen)> {
        match self {
            Self::Directory(root) => find(root, settings, name),
            #[cfg(feature = "embed")]
            Self::Embedded(embedded) => Ok((embedded.find(settings, name), Seen::new())),
        }
    }

    pub(crate) fn is_unchanged(&self, seen: &Seen) -> io::Result<bool> {
        match self {
            Self::Directory(root) => is_unchanged(root, seen),
            #[cfg(feature = "embed")]
            Self::Embedded(_) => Ok(true),
        }
    }

    pub(crate) fn list(&self, settings: &Settings, name: &str) -> io::Result<Option<Listing>> {
        match self {
            Self::Directory(root) => listing::read(root, settings, name),
            #[cfg(feature = "embed")]
            Self::Embedded(embedded) => Ok(embedded.list(settings, name)),
        }
    }
}
