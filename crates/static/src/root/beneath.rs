//! Opening a name beneath a directory: what the name says, step by step, never leads out of it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

/// To open a pipe without a writer, or a terminal, must not wait nor do anything else.
const FLAGS: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// How names are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beneath {
    /// The kernel does it in one call (`openat2`, Linux 5.6).
    #[cfg(target_os = "linux")]
    Kernel { symlinks: bool },
    /// One directory after the other, none of them a symbolic link.
    Steps,
}

impl Beneath {
    /// The best way there is on this system.
    pub(crate) fn choose(directory: &OwnedFd, symlinks: bool) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            let kernel = Self::Kernel { symlinks };
            match kernel.open(directory, ".") {
                Ok(_) => return Ok(kernel),
                // Without the call, or where a sandbox does not know it.
                Err(error)
                    if [Some(Errno::NOSYS), Some(Errno::PERM)].contains(&Errno::from_io_error(&error)) => {}
                Err(error) => return Err(error),
            }
        }
        if symlinks {
            let told =
                "symbolic links can be followed safely only by openat2, which this system does not have";
            return Err(io::Error::new(io::ErrorKind::Unsupported, told));
        }
        Self::Steps.open(directory, ".").map(|_| Self::Steps)
    }

    /// Opens a name that has no empty segments, and none that are dots but a single one for the directory itself.
    pub(crate) fn open(self, directory: &OwnedFd, name: &str) -> io::Result<File> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel { symlinks } => in_one_call(directory, name, symlinks),
            Self::Steps => in_steps(directory, name),
        }
    }
}

#[cfg(target_os = "linux")]
fn in_one_call(directory: &OwnedFd, name: &str, symlinks: bool) -> io::Result<File> {
    use rustix::fs::{ResolveFlags, openat2};
    let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    if !symlinks {
        resolve |= ResolveFlags::NO_SYMLINKS;
    }
    // While something is renamed anywhere, the kernel cannot be sure, and says "again" (openat2(2), EAGAIN).
    let mut tries = 0;
    loop {
        match openat2(directory, name, FLAGS, Mode::empty(), resolve) {
            Ok(file) => return Ok(file.into()),
            Err(Errno::AGAIN | Errno::INTR) if tries < 16 => tries += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn in_steps(directory: &OwnedFd, name: &str) -> io::Result<File> {
    let (directories, last) =
        name.rsplit_once('/').map_or((None, name), |(before, last)| (Some(before), last));
    let mut held: Option<OwnedFd> = None;
    for step in directories.into_iter().flat_map(|before| before.split('/')) {
        let from = held.as_ref().unwrap_or(directory);
        held = Some(open(from, step, OFlags::DIRECTORY)?);
    }
    open(held.as_ref().unwrap_or(directory), last, OFlags::empty()).map(File::from)
}

fn open(from: impl AsFd, step: &str, more: OFlags) -> io::Result<OwnedFd> {
    Ok(openat(from, step, FLAGS | OFlags::NOFOLLOW | more, Mode::empty())?)
}
