//! `hyperserve serve DIR`.

use std::fs;

use crate::client::{connect, exchange, get, get_text};
use crate::process::{Server, run};

fn site() -> tempfile::TempDir {
    let site = tempfile::tempdir().unwrap();
    fs::create_dir(site.path().join("sub")).unwrap();
    for (name, content) in [("index.html", "<h1>home</h1>"), ("a.txt", "hello"), ("sub/b.txt", "b")] {
        fs::write(site.path().join(name), content).unwrap();
    }
    site
}

fn start(site: &tempfile::TempDir, more: &str) -> Server {
    Server::start(&format!("serve {} --listen 127.0.0.1:0 --workers 1 {more}", site.path().display()))
}

#[test]
fn a_directory_is_served_and_requests_are_logged() {
    let site = site();
    let server = start(&site, "");
    let home = get(server.address(0), "/");
    assert_eq!((home.status, &home.body[..]), (200, "<h1>home</h1>"));
    let part = exchange(connect(server.address(0)), &get_text("/a.txt", "Range: bytes=1-2\r\n"));
    assert_eq!((part.status, &part.body[..], part.header("content-range")), (206, "el", Some("bytes 1-2/5")));
    assert_eq!(get(server.address(0), "/sub").header("location"), Some("sub/"));
    for missing in ["/sub/", "/none", "/../Cargo.toml", "/.git/config"] {
        assert!(matches!(get(server.address(0), missing).status, 400 | 404), "{missing}");
    }
    let logged: Vec<_> = (0..2).map(|_| server.next_line()).collect();
    assert!(logged[1].contains("\"GET /a.txt HTTP/1.1\" 206"), "{logged:?}");
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn an_application_that_makes_its_pages_itself_and_a_list() {
    let site = site();
    let server = start(&site, "--spa --listing");
    let page = get(server.address(0), "/users/7");
    assert_eq!((page.status, &page.body[..]), (200, "<h1>home</h1>"));
    assert_eq!(get(server.address(0), "/users/7.js").status, 404);
    let list = get(server.address(0), "/sub/");
    assert!(list.status == 200 && list.body.contains("<a href=\"./b.txt\">b.txt</a>"), "{list:?}");
}

#[test]
fn what_cannot_be_served_is_told_in_one_sentence() {
    let told = |words: &str| {
        let output = run(words);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, sentence) = told("serve /no/such/directory");
    assert_eq!(code, Some(2));
    assert_eq!(
        sentence,
        "hyperserve: there is no directory /no/such/directory: create it, or name another\n"
    );
    let empty = tempfile::tempdir().unwrap();
    let (code, sentence) = told(&format!("serve {} --spa", empty.path().display()));
    assert_eq!(code, Some(2));
    assert!(sentence.starts_with("hyperserve: there is no file index.html in "), "{sentence}");
    assert!(told("serve --spa").1.contains("<DIR>"));
    assert!(told("serve . --port 1 --listen 2").1.contains("cannot be used with"));
}

/// A tag of length, time and inode is that of a file that is not in memory.
#[test]
fn where_the_kernel_sends_files_few_are_kept_in_memory() {
    let site = site();
    fs::write(site.path().join("big.txt"), "a".repeat(300_000)).unwrap();
    for (more, dashes) in [("", 0), ("--set sendfile=true", 2)] {
        let server = start(&site, more);
        let answer = get(server.address(0), "/big.txt");
        assert_eq!(answer.body.len(), 300_000);
        assert_eq!(answer.header("etag").unwrap().matches('-').count(), dashes, "{more}");
    }
}
