//! Where PEM text comes from: a file that may change, or memory.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Fault, TlsError};

/// Far above any chain or bundle of authorities (the Mozilla bundle has 220 KB), far below what hurts.
const MAX_LEN: u64 = 4 << 20;

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source {
    File(PathBuf),
    /// The text, and what messages call it.
    Memory(Arc<[u8]>, &'static str),
}

impl Source {
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory(..) => None,
        }
    }

    pub(super) fn read(&self) -> Result<Vec<u8>, TlsError> {
        match self {
            Self::File(path) => {
                let text = read_file(path).map_err(|error| self.fault(Fault::Read(error)))?;
                text.ok_or_else(|| self.fault(Fault::TooLarge(MAX_LEN)))
            }
            Self::Memory(text, _) => Ok(text.to_vec()),
        }
    }

    pub(super) fn fault(&self, fault: Fault) -> TlsError {
        TlsError::new(self, fault)
    }

    /// Whether every user of the machine may read it.
    pub(super) fn is_world_readable(&self) -> bool {
        let metadata = self.path().and_then(|path| fs::metadata(path).ok());
        metadata.is_some_and(|metadata| metadata.mode() & 0o004 != 0)
    }

    /// What changes when the file does. Symbolic links are followed, so that the swap of a link (certbot's `live`,
    /// Kubernetes's `..data`) counts.
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        fs::metadata(self.path()?).ok().map(|metadata| Fingerprint::of(&metadata))
    }
}

/// `None` if the file is too large.
fn read_file(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_LEN + 1).read_to_end(&mut text)?;
    Ok((text.len() as u64 <= MAX_LEN).then_some(text))
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory(_, name) => f.write_str(name),
        }
    }
}

/// Shows no contents: they may be a private key.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Memory(text, name) => write!(f, "{name} ({} bytes)", text.len()),
        }
    }
}

/// Identity, length and times of a file, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Fingerprint {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let source = Source::File(file.path().into());
        file.as_file().set_len(MAX_LEN).unwrap();
        assert_eq!(source.read().unwrap().len() as u64, MAX_LEN);
        file.as_file().set_len(MAX_LEN + 1).unwrap();
        assert!(source.read().unwrap_err().to_string().contains("larger than"));
        let endless = Source::File("/dev/zero".into()).read().unwrap_err();
        assert!(endless.to_string().starts_with("/dev/zero: larger than"), "{endless}");
    }

    #[test]
    fn the_swap_of_a_link_changes_the_fingerprint() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("old"), "same").unwrap();
        fs::write(at("new"), "same").unwrap();
        symlink("old", at("link")).unwrap();
        let link = Source::File(at("link"));
        let before = link.fingerprint();
        assert!(before.is_some());
        assert_eq!(link.fingerprint(), before);
        symlink("new", at("next")).unwrap();
        fs::rename(at("next"), at("link")).unwrap();
        assert_ne!(link.fingerprint(), before);
        fs::remove_file(at("link")).unwrap();
        assert_eq!(link.fingerprint(), None);
    }

    #[test]
    fn a_write_that_hides_its_time_changes_the_fingerprint() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "one").unwrap();
        let source = Source::File(file.path().into());
        let (before, modified) =
            (source.fingerprint(), fs::metadata(file.path()).unwrap().modified().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(20)); // the clock of file times ticks every few ms
        fs::write(file.path(), "two").unwrap();
        file.as_file().set_modified(modified).unwrap();
        assert_ne!(source.fingerprint(), before);
    }

    #[test]
    fn debug_shows_no_key() {
        let key = Source::Memory(Arc::from(*b"secret"), "the given private key");
        assert_eq!(format!("{key:?}"), "the given private key (6 bytes)");
    }
}
