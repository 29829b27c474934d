//! Unix socket listeners: files with a mode and a rule for stale ones, and Linux abstract names.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::fault;

/// How long a socket that refuses is left alone before it is asked again: another server may stand between its
/// `bind` and its `listen`.
const SECOND_LOOK: Duration = Duration::from_millis(50);

/// Options of a Unix socket listener.
///
/// | option | default | why |
/// |---|---|---|
/// | mode | `0o660` | the owner and the group may connect (connecting needs write permission, unix(7)) |
/// | backlog | 4096 | bursts of new connections wait in the kernel |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnixOptions {
    mode: u32,
    backlog: u32,
}

impl Default for UnixOptions {
    fn default() -> Self {
        Self { mode: 0o660, backlog: 4096 }
    }
}

impl UnixOptions {
    /// The defaults in the table above.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the permission bits of the socket file, whatever the process's umask is.
    #[must_use]
    pub fn with_mode(mut self, mode: u32) -> Self {
        self.mode = mode & 0o777;
        self
    }

    /// Sets how many connections may wait to be accepted.
    #[must_use]
    pub fn with_backlog(mut self, connections: u32) -> Self {
        self.backlog = connections;
        self
    }

    fn listen(&self, socket: Socket) -> io::Result<UnixListener> {
        socket.listen(i32::try_from(self.backlog).unwrap_or(i32::MAX))?;
        socket.set_nonblocking(true)?;
        Ok(OwnedFd::from(socket).into())
    }
}

/// A listening Unix socket and, if it has one, its file.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    file: Option<SocketFile>,
}

impl UnixSocket {
    pub(super) fn without_file(listener: UnixListener) -> Self {
        Self { listener, file: None }
    }

    /// The listener.
    #[must_use]
    pub fn listener(&self) -> &UnixListener {
        &self.listener
    }

    /// The listener, and the guard that removes the file when it is dropped.
    #[must_use]
    pub fn into_parts(self) -> (UnixListener, Option<SocketFile>) {
        (self.listener, self.file)
    }
}

/// The file of a Unix socket. Dropping it removes the file, unless another process has put its own in the place.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl SocketFile {
    fn new(path: &Path) -> Self {
        Self { path: path.into(), identity: identity(path) }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.identity.is_some() && identity(&self.path) == self.identity {
            // Nobody is left to tell; the next start treats a file that stays as stale.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Device and inode.
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Opens a listener on the socket file `path`.
///
/// A socket file that nobody answers on is left over from a crash and is replaced. A socket that somebody answers
/// on, or a file of any other kind, is an error and stays as it is.
///
/// # Errors
///
/// One sentence with the path; the kind is the system's, `AddrInUse` if another server answers and `AlreadyExists`
/// if the path is no socket.
pub fn bind_unix(path: &Path, options: &UnixOptions) -> io::Result<UnixSocket> {
    let address = SockAddr::unix(path).map_err(|error| fault::unix(path, &error))?;
    clear_stale(path, &address)?;
    open(path, &address, options).map_err(|error| fault::unix(path, &error))
}

fn open(path: &Path, address: &SockAddr, options: &UnixOptions) -> io::Result<UnixSocket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(address)?;
    let file = Some(SocketFile::new(path));
    // Nobody can connect between bind and listen, so the umask's mode never counts.
    fs::set_permissions(path, fs::Permissions::from_mode(options.mode))?;
    Ok(UnixSocket { listener: options.listen(socket)?, file })
}

/// Opens a listener on a Linux abstract socket: no file, no mode, gone with its last descriptor.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn bind_abstract(name: &str, options: &UnixOptions) -> io::Result<UnixSocket> {
    let open = || {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&SockAddr::unix(format!("\0{name}"))?)?;
        options.listen(socket)
    };
    let listener = open().map_err(|error: io::Error| fault::unix(Path::new(&format!("@{name}")), &error))?;
    Ok(UnixSocket::without_file(listener))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn bind_abstract(name: &str, _options: &UnixOptions) -> io::Result<UnixSocket> {
    let place = format_args!("unix:@{name}").to_string();
    Err(fault::new(ErrorKind::Unsupported, place, "abstract sockets exist on Linux alone; use unix:/path"))
}

fn clear_stale(path: &Path, address: &SockAddr) -> io::Result<()> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(()); // nothing there, or bind will say what is wrong
    };
    let place = format_args!("unix:{}", path.display()).to_string();
    if !found.file_type().is_socket() {
        return Err(fault::new(
            ErrorKind::AlreadyExists,
            place,
            "the path exists and is no socket: remove it or choose another path",
        ));
    }
    if answers(address)? || {
        std::thread::sleep(SECOND_LOOK);
        answers(address)?
    } {
        return Err(fault::unix(path, &ErrorKind::AddrInUse.into()));
    }
    if identity(path) == Some((found.dev(), found.ino())) {
        tracing::info!(path = %path.display(), "removing a stale Unix socket");
        fs::remove_file(path).map_err(|error| fault::unix(path, &error))?;
    }
    Ok(())
}

/// Whether somebody listens: only a refusal (or a file that has gone) proves that nobody does. A full backlog, a
/// socket of another type and a missing permission all mean an owner.
fn answers(address: &SockAddr) -> io::Result<bool> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(match socket.connect(address) {
        Ok(()) => true,
        Err(error) => !matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixDatagram, UnixStream};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_has_its_mode_and_goes_with_the_listener() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.sock");
        let socket = bind_unix(&path, &UnixOptions::new()).unwrap();
        assert_eq!(mode(&path), 0o660);
        assert!(UnixStream::connect(&path).is_ok());
        drop(socket);
        assert!(!path.exists());
        let _open = bind_unix(&path, &UnixOptions::new().with_mode(0o777)).unwrap();
        assert_eq!(mode(&path), 0o777);
    }

    #[test]
    fn a_stale_socket_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.sock");
        drop(UnixListener::bind(&path).unwrap()); // std leaves the file behind
        assert!(path.exists());
        let _socket = bind_unix(&path, &UnixOptions::new()).unwrap();
        assert!(UnixStream::connect(&path).is_ok());
    }

    #[test]
    fn a_live_socket_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.sock");
        let _live = bind_unix(&path, &UnixOptions::new().with_backlog(0)).unwrap();
        let _fills_the_backlog = UnixStream::connect(&path).unwrap();
        let error = bind_unix(&path, &UnixOptions::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().contains("address in use: stop"), "{error}");
        assert!(path.exists());
    }

    #[test]
    fn what_is_no_stream_socket_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "precious").unwrap();
        let error = bind_unix(&file, &UnixOptions::new()).unwrap_err();
        assert!(error.to_string().contains("is no socket"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "precious");

        let datagram = dir.path().join("datagram");
        let _owner = UnixDatagram::bind(&datagram).unwrap();
        assert_eq!(bind_unix(&datagram, &UnixOptions::new()).unwrap_err().kind(), ErrorKind::AddrInUse);
    }

    #[test]
    fn a_successors_file_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.sock");
        let first = bind_unix(&path, &UnixOptions::new()).unwrap();
        fs::rename(&path, dir.path().join("aside")).unwrap();
        let _second = bind_unix(&path, &UnixOptions::new()).unwrap();
        drop(first);
        assert!(UnixStream::connect(&path).is_ok());
    }

    #[test]
    fn a_bad_path_is_explained() {
        let error = bind_unix(Path::new("/nowhere/at/all.sock"), &UnixOptions::new()).unwrap_err();
        assert!(error.to_string().contains("no such directory"), "{error}");
        let error = bind_unix(Path::new(&"a".repeat(200)), &UnixOptions::new()).unwrap_err();
        assert!(error.to_string().contains("at most 107 bytes"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_abstract_socket_needs_no_file() {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::SocketAddr;

        let name = format!("hyperserve-test-{}", std::process::id());
        let _socket = bind_abstract(&name, &UnixOptions::new()).unwrap();
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        assert!(UnixStream::connect_addr(&address).is_ok());
        assert_eq!(bind_abstract(&name, &UnixOptions::new()).unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}
