//! Files that the kernel sends: what a client gets is what it gets without, byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]
#![cfg(target_os = "linux")]

mod changes;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../harness/client.rs"]
mod client;
mod content;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../config/frames.rs"]
mod frames;
mod patience;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../harness/tls_client.rs"]
mod tls_client;
mod transports;

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyperserve::files::StaticFiles;
use hyperserve::server::{App, Handle, Limits, Listener, Server, TlsConfig};
use tempfile::TempDir;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Lengths around those of pieces, pages and windows.
const LENGTHS: [usize; 10] =
    [0, 1, 64 * KIB, 128 * KIB, 132 * KIB + 1, MIB - 1, MIB, MIB + 1, MIB + 4 * KIB, 5 * MIB];

/// Each eight bytes say where they are, so that nothing can stand for anything else.
fn pattern(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    for (at, eight) in bytes.chunks_mut(8).enumerate() {
        eight.copy_from_slice(&(at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[..eight.len()]);
    }
    bytes
}

/// A directory of files that are named by their lengths.
struct Site(TempDir);

impl Site {
    fn new(lengths: &[usize]) -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        for &length in lengths {
            fs::write(site.path(length), pattern(length)).unwrap();
        }
        site
    }

    fn path(&self, length: usize) -> PathBuf {
        self.0.path().join(format!("{length}.bin"))
    }

    /// None of them is small.
    fn files(&self) -> StaticFiles {
        StaticFiles::new(self.0.path()).unwrap().with_cache_file_size(0)
    }
}

/// A server that runs until this is dropped.
struct Running {
    handle: Handle,
    plain: SocketAddr,
    secure: SocketAddr,
    unix: PathBuf,
    thread: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Running {
    fn new<A: App>(app: A, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let unix = folder.path().join("socket");
        let mut limits = Limits::default();
        for (name, value) in [("sendfile", "true")].iter().chain(settings) {
            limits.set(name, value).unwrap();
        }
        let tls = TlsConfig::self_signed(["localhost"]).unwrap();
        let server = Server::new()
            .listen("127.0.0.1:0")
            .listen(Listener::new("127.0.0.1:0").with_tls(tls))
            .listen(format!("unix:{}", unix.display()))
            .with_limits(limits)
            .with_workers(1)
            .with_signals(false)
            .bind()
            .unwrap();
        let address = |at: usize| server.addresses()[at].tcp.unwrap();
        let (plain, secure, handle) = (address(0), address(1), server.handle());
        let thread = thread::spawn(move || {
            server.run(app).unwrap();
        });
        Self { handle, plain, secure, unix, thread: Some(thread), _folder: folder }
    }

    fn unix(&self) -> UnixStream {
        let stream = UnixStream::connect(&self.unix).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Tells the server to stop, and waits for it.
    fn stop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.force();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The head of an answer, as far as its empty line.
fn head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn declared(head: &str) -> usize {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    length.parse().unwrap()
}

/// An answer that has a length.
fn answer(stream: &mut impl Read) -> (String, Vec<u8>) {
    let head = head(stream);
    let mut content = vec![0; declared(&head)];
    stream.read_exact(&mut content).unwrap();
    (head, content)
}

fn get(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a.example\r\n{fields}\r\n")
}

/// All that comes until the end, whether that is an orderly one or not.
fn rest(stream: &mut impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    drop(stream.read_to_end(&mut all));
    all
}
