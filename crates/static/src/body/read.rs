//! Reading a stretch of a file: at once if it is in the page cache, else by a thread.

use std::fs::File;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::piece::Room;

/// Threads that read at one time.
const READERS: usize = 64;

static READING: Semaphore = Semaphore::const_new(READERS);

pub(super) type Reading = Pin<Box<dyn Future<Output = io::Result<Bytes>> + Send>>;

/// Reads the beginning of a range, if that takes no waiting; `None` if it does.
#[cfg(target_os = "linux")]
pub(super) fn at_once(file: &File, range: &Range<u64>) -> Option<io::Result<Bytes>> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    let mut room = Room::new();
    let into = room.for_at_most(range.end - range.start);
    match preadv2(file, &mut [io::IoSliceMut::new(into)], range.start, ReadWriteFlags::NOWAIT) {
        Ok(count) => Some(Ok(room.filled(count))),
        // Not in memory; or a file system that cannot say (EOPNOTSUPP).
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::INTR | Errno::NOSYS) => None,
        Err(error) => Some(Err(error.into())),
    }
}

/// Whether a range seems to be in memory: a byte of it now and then is, the last one among them. Memory is given up from where
/// nothing was read for long, and filled by more than this at a time, so that what is between is there as well but for bad luck,
/// which then costs a wait for the disk. Never on file systems that cannot say.
#[cfg(target_os = "linux")]
pub(super) fn is_at_hand(file: &File, range: &Range<u64>) -> bool {
    use rustix::io::{ReadWriteFlags, preadv2};
    const STEP: usize = 128 * 1024;
    let has = |at: u64| {
        let mut byte = [0];
        preadv2(file, &mut [io::IoSliceMut::new(&mut byte)], at, ReadWriteFlags::NOWAIT) == Ok(1)
    };
    has(range.end - 1) && range.clone().step_by(STEP).all(has)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_at_hand(_: &File, _: &Range<u64>) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
pub(super) fn at_once(_: &File, _: &Range<u64>) -> Option<io::Result<Bytes>> {
    None
}

/// Reads the beginning of a range before it is asked for: by a thread only if the page cache has not got it meanwhile.
pub(super) fn ahead(file: &Arc<File>, range: Range<u64>) -> Reading {
    match at_once(file, &range) {
        Some(read) => Box::pin(std::future::ready(read)),
        None => later(file, range),
    }
}

/// Reads the beginning of a range on a thread that may wait.
pub(super) fn later(file: &Arc<File>, range: Range<u64>) -> Reading {
    let file = Arc::clone(file);
    Box::pin(async move {
        let permit = READING.acquire().await.map_err(io::Error::other)?;
        let read = spawn_blocking(move || {
            let read = read(&file, &range);
            drop(permit);
            read
        });
        read.await?
    })
}

fn read(file: &File, range: &Range<u64>) -> io::Result<Bytes> {
    let mut room = Room::new();
    let into = room.for_at_most(range.end - range.start);
    let mut filled = 0;
    while filled < into.len() {
        match file.read_at(&mut into[filled..], range.start + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(room.filled(filled))
}
