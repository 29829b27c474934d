//! [`Persist`]: what was spooled becomes a file that stays.

use std::fs::File;
use std::future::{Future, IntoFuture};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use tokio::task::spawn_blocking;

use super::error::PersistError;
use super::spooled::{Content, Spooled};
use super::temporary::TemporaryFile;

/// Keeps what was spooled, once it is awaited: see [`Spooled::persist`].
///
/// | | unless told otherwise |
/// |---|---|
/// | a file of that name | stays, and keeping fails: [`with_overwrite`](Self::with_overwrite) |
/// | permissions (Unix) | 0600: [`with_mode`](Self::with_mode) |
/// | a loss of power | does not undo it: [`without_sync`](Self::without_sync) |
///
/// When it fails, there is nothing at the path that was not there before, and the error has the upload. When the future is
/// dropped, the file may still get its name.
#[derive(Debug)]
#[must_use = "nothing is kept unless it is awaited"]
pub struct Persist {
    spooled: Spooled,
    target: Target,
}

#[derive(Debug)]
struct Target {
    path: PathBuf,
    overwrite: bool,
    mode: Option<u32>,
    sync: bool,
}

impl Persist {
    pub(super) const fn new(spooled: Spooled, path: PathBuf) -> Self {
        Self { spooled, target: Target { path, overwrite: false, mode: None, sync: true } }
    }

    /// Takes the place of a file of that name, if there is one; those who have the old one open keep it. A symbolic link is
    /// replaced, not followed.
    pub const fn with_overwrite(mut self) -> Self {
        self.target.overwrite = true;
        self
    }

    /// Sets the permissions of the file, such as 0o644 for a file that all may read, whatever the process's umask; on Unix
    /// alone.
    pub const fn with_mode(mut self, mode: u32) -> Self {
        self.target.mode = Some(mode);
        self
    }

    /// Does not wait until the file and its name are on the disk (`fsync`). That is faster, and after a loss of power the file
    /// may be missing, empty or cut short though the client was told that all is well.
    pub const fn without_sync(mut self) -> Self {
        self.target.sync = false;
        self
    }

    fn run(self) -> Result<(), PersistError> {
        let Self { mut spooled, target } = self;
        let kept = match spooled.take_content() {
            Content::Memory(bytes) => {
                target.copy(|file| file.append(&bytes)).map_err(|error| (error, Content::Memory(bytes)))
            }
            Content::File(file) => target.keep(file).map_err(|(error, file)| (error, Content::File(file))),
        };
        kept.map_err(|(error, content)| {
            let error = io::Error::new(error.kind(), format!("{error}, for {}", target.path.display()));
            PersistError::new(error, Some(spooled.with_content(content)))
        })
    }
}

impl IntoFuture for Persist {
    type Output = Result<(), PersistError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async {
            let run = spawn_blocking(|| self.run()).await;
            run.unwrap_or_else(|error| Err(PersistError::new(error.into(), None)))
        })
    }
}

/// Why a file did not get its name, and the file.
type Unplaced = (io::Error, TemporaryFile);

impl Target {
    fn directory(&self) -> &Path {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn keep(&self, file: TemporaryFile) -> Result<(), Unplaced> {
        if !can_be_renamed(&file, self.directory()) {
            return self.copy_of(file);
        }
        match self.place(file) {
            // Two mounts of one file system are two to rename(2).
            Err((error, file)) if error.kind() == io::ErrorKind::CrossesDevices => self.copy_of(file),
            placed => placed,
        }
    }

    fn copy_of(&self, file: TemporaryFile) -> Result<(), Unplaced> {
        let copied = self.copy(|copy| {
            let mut from: &File = file.file();
            from.seek(SeekFrom::Start(0))?;
            let mut to: &File = copy.file();
            io::copy(&mut from, &mut to).map(drop)
        });
        copied.map_err(|error| (error, file))
    }

    /// A new file in the directory, which gets its name when `fill` has filled it.
    fn copy(&self, fill: impl FnOnce(&TemporaryFile) -> io::Result<()>) -> io::Result<()> {
        let file = TemporaryFile::create(self.directory())?;
        fill(&file)?;
        self.place(file).map_err(|(error, _)| error)
    }

    /// Gives a whole file its name.
    fn place(&self, mut file: TemporaryFile) -> Result<(), Unplaced> {
        self.name(&mut file).map_err(|error| (error, file))
    }

    fn name(&self, file: &mut TemporaryFile) -> io::Result<()> {
        if let Some(mode) = self.mode {
            set_mode(file.file(), mode)?;
        }
        if self.sync {
            file.file().sync_all()?;
        }
        if let Err(error) = file.rename(&self.path, self.overwrite) {
            // Private again. It is being given up, so that this fails as well changes nothing.
            let _ = self.mode.map(|_| set_mode(file.file(), 0o600));
            return Err(error);
        }
        if self.sync {
            sync_directory(self.directory()).inspect_err(|_| file.take_back(&self.path))?;
        }
        Ok(())
    }
}

/// Whether the file is in the file system of the directory, and its name still its own: cleaners of temporary directories
/// remove what looks old, and somebody else could have taken the name since.
#[cfg(unix)]
fn can_be_renamed(file: &TemporaryFile, directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let facts = || {
        let (open, named) = (file.file().metadata()?, file.path().symlink_metadata()?);
        let directory = directory.metadata()?;
        io::Result::Ok(
            (open.dev(), open.ino()) == (named.dev(), named.ino()) && open.dev() == directory.dev(),
        )
    };
    facts().unwrap_or(false)
}

#[cfg(not(unix))]
fn can_be_renamed(_: &TemporaryFile, _: &Path) -> bool {
    true
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

/// A new name is in its directory, which is written apart from the file. Some file systems cannot do that alone, and a
/// directory may be one that is written to and not read; then the name lasts as soon as the system gets to it.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(directory).and_then(|directory| directory.sync_all()) {
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => Ok(()),
        synced => synced,
    }
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
