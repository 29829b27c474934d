//! [`Stamp`]: which file it is, and which state of it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

/// Two stamps are equal if it is the same file and nothing was written to it in between. The time of its last change of any
/// kind is in it as well: that of its content can be set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    grows: bool,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            grows: false,
        }
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Whether it is the same file, in whatever state.
    pub(crate) const fn is_same_file(&self, other: &Self) -> bool {
        self.device == other.device && self.inode == other.inode
    }

    /// Whether nothing was written in between, as far as the time of the last writing tells. That something else was changed
    /// does not matter: a file that is replaced while it is sent has one name less.
    pub(crate) fn has_same_content(&self, other: &Self) -> bool {
        let is_as_long = self.length == other.length && self.modified == other.modified;
        self.is_same_file(other) && (is_as_long || (self.grows && self.length <= other.length))
    }

    /// The state of a file that is only ever appended to.
    pub(crate) const fn growing(self) -> Self {
        Self { grows: true, ..self }
    }

    /// Whether the content is older than the other's, to the second, which is all that some archives keep.
    pub(crate) const fn is_older_than(&self, other: &Self) -> bool {
        self.modified.0 < other.modified.0
    }

    pub(crate) fn modified(&self) -> Option<SystemTime> {
        let seconds = u64::try_from(self.modified.0).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// A strong entity tag that takes no look at the content (RFC 9110 §8.8.3).
    pub(crate) fn tag(&self) -> String {
        let nanoseconds = i128::from(self.modified.0) * 1_000_000_000 + i128::from(self.modified.1);
        format!("\"{:x}-{:x}-{:x}\"", self.length, nanoseconds, self.inode)
    }
}
