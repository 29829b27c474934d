//! Every request target of `traversal.txt`, over a real socket and in process: none finds anything, whatever it is written like.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use http::{StatusCode, Uri};
use hyperserve_core::Request;
use hyperserve_server::{Limits, serve};
use hyperserve_static::StaticFiles;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_service::Service as _;

/// What every file holds that must not be sent.
const SECRET: &str = "the cat is in the bag";

/// At least so many targets are judged by the files themselves: the server refuses the others.
const LEAST: usize = 400;

fn targets() -> Vec<&'static str> {
    let lines = include_str!("traversal.txt").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

fn write(root: &Path, name: &str, content: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A root, with secrets beside it, hidden in it, and at the end of links that lead out of it.
fn tree() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path().join("site");
    for secret in ["secret.txt", "beside/secret.txt", "sitex/secret.txt", "site/.env", "site/.git/config"] {
        write(tree.path(), secret, SECRET);
    }
    for secret in
        [".ssh/id_rsa", ".env.local", ".htaccess", "sub/.env", "sub/.well-known/.env", ".well-known/.env"]
    {
        write(&root, secret, SECRET);
    }
    for public in ["public.txt", "sub/deep/leaf.txt", ".well-known/security.txt"] {
        write(&root, public, "for everybody");
    }
    links(tree.path(), &root);
    rustix::fs::mknodat(rustix::fs::CWD, root.join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    drop(UnixListener::bind(root.join("socket")).unwrap());
    tree
}

fn links(tree: &Path, root: &Path) {
    symlink(tree.join("secret.txt"), root.join("link-absolute.txt")).unwrap();
    for (name, target) in [
        ("link-in.txt", "public.txt"),
        ("link-in", "sub"),
        ("link-out.txt", "../secret.txt"),
        ("link-out", ".."),
        ("link-beside", "../beside"),
        ("link-etc", "/etc"),
        ("link-passwd", "/etc/passwd"),
        ("link-proc", "/proc/self"),
        ("link-root", "/"),
        ("link-loop", "link-loop"),
        ("link-nothing", "nothing"),
        ("link-chain.txt", "link-out.txt"),
        ("link-around", "../site"),
        ("sub/link-up", "../.."),
        ("sub/link-up.txt", "../../secret.txt"),
    ] {
        symlink(target, root.join(name)).unwrap();
    }
}

/// Everything on that could show more than it should.
fn files(tree: &TempDir, symlinks: bool) -> StaticFiles {
    let files = StaticFiles::new(tree.path().join("site")).unwrap();
    files.with_listing(true).with_symlinks(symlinks).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Asks on a connection of its own, with the bytes as they are, and reads to its end.
async fn ask(address: SocketAddr, target: &str) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or_default()
}

/// How often each status came, over a socket.
async fn over_a_socket(address: SocketAddr) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    for target in targets() {
        let answer = ask(address, target).await;
        assert!([404, 400, 414].contains(&status(&answer)), "{target}: {answer}");
        assert!(!answer.contains(SECRET) && !answer.contains("for everybody"), "{target}: {answer}");
        assert!(!answer.to_ascii_lowercase().contains("\r\nlocation:"), "{target}: {answer}");
        *statuses.entry(status(&answer)).or_default() += 1;
    }
    statuses
}

fn served(files: StaticFiles) -> BTreeMap<u16, usize> {
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, files, Limits::default(), async { drop(stopped.await) });
        let client = async {
            assert_eq!(status(&ask(address, "/public.txt").await), 200);
            let statuses = over_a_socket(address).await;
            drop(stop);
            statuses
        };
        timeout(Duration::from_secs(60), async { tokio::join!(client, server).0 }).await.unwrap()
    })
}

#[test]
fn nothing_is_found_over_a_socket() {
    let tree = tree();
    for symlinks in [false, true] {
        let statuses = served(files(&tree, symlinks));
        assert!(statuses[&404] >= LEAST, "symlinks {symlinks}: {statuses:?}");
        assert_eq!(statuses.values().sum::<usize>(), targets().len());
    }
}

/// The status of a path that the service is asked for itself, and its content.
async fn called(files: &mut StaticFiles, uri: Uri) -> (StatusCode, String) {
    let Ok(response) = files.call(Request::get(uri).body(()).unwrap()).await;
    let (parts, body) = response.into_parts();
    (parts.status, String::from_utf8_lossy(&body.collect(usize::MAX).await.unwrap()).into_owned())
}

#[test]
fn nothing_is_found_by_what_a_lenient_server_would_let_through() {
    let tree = tree();
    for symlinks in [false, true] {
        let mut files = files(&tree, symlinks);
        let uris = targets().into_iter().filter_map(|target| target.parse::<Uri>().ok());
        let uris: Vec<_> = uris.filter(|uri| uri.path().starts_with('/')).collect();
        assert!(uris.len() >= LEAST, "only {}", uris.len());
        for uri in uris {
            let (status, content) = runtime().block_on(called(&mut files, uri.clone()));
            assert_eq!(status, StatusCode::NOT_FOUND, "{uri}");
            assert!(!content.contains(SECRET) && !content.contains("for everybody"), "{uri}: {content}");
        }
    }
}

#[test]
fn what_is_allowed_is_found() {
    let tree = tree();
    for (symlinks, linked) in [(false, StatusCode::NOT_FOUND), (true, StatusCode::OK)] {
        let mut files = files(&tree, symlinks);
        for (path, found) in [
            ("/public.txt", StatusCode::OK),
            ("/sub/deep/leaf.txt", StatusCode::OK),
            ("/.well-known/security.txt", StatusCode::OK),
            ("/link-in.txt", linked),
            ("/link-in/deep/leaf.txt", linked),
        ] {
            let (status, content) = runtime().block_on(called(&mut files, Uri::from_static(path)));
            assert_eq!(status, found, "{path}");
            assert_eq!(content == "for everybody", found == StatusCode::OK, "{path}");
        }
    }
}

#[test]
fn lists_show_no_secrets() {
    let tree = tree();
    let mut plain = files(&tree, false);
    let (_, page) = runtime().block_on(called(&mut plain, Uri::from_static("/")));
    for hidden in [".env", ".git", ".ssh", ".htaccess", "link-", "pipe", "socket", "sitex"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let mut linked = files(&tree, true);
    let (_, page) = runtime().block_on(called(&mut linked, Uri::from_static("/")));
    assert!(page.contains("link-in.txt"), "{page}");
    for hidden in [".env", "link-out", "link-etc", "link-proc", "link-absolute", "link-loop", "link-nothing"]
    {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
}
