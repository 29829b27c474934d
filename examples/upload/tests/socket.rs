//! Files arrive whole or not at all, and the example is as short as it is said to be.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../running.rs"]
mod running;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use running::Running;

const FORM: &str = "Content-Type: multipart/form-data; boundary=cut";

fn start(folder: &Path) -> Running {
    Running::start_with(env!("CARGO_BIN_EXE_example-upload"), "FOLDER", folder)
}

fn part(name: &str, content: &[u8]) -> Vec<u8> {
    let mut part =
        format!("--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
            .into_bytes();
    part.extend(content);
    part.extend(b"\r\n");
    part
}

fn contents(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap();
    let mut contents: Vec<_> = entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    contents.sort();
    contents
}

#[test]
fn files_are_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let example = start(folder.path());
    // More than the limit of bodies that are collected, and more than one part may have in memory.
    let large = vec![b'x'; 5 * 1024 * 1024];
    let body = [part("a.txt", b"a\r\nb"), part("../../etc/passwd", &large), b"--cut--\r\n".to_vec()].concat();
    let answer = example.send(&["POST /", FORM], body);
    assert_eq!(answer.text(), r#"[{"name":"a.txt","bytes":4},{"name":"../../etc/passwd","bytes":5242880}]"#);
    assert_eq!(contents(folder.path()), [b"a\r\nb".to_vec(), large]);
}

#[test]
fn what_breaks_off_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let example = start(folder.path());
    let mut stream = example.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: localhost\r\n{FORM}\r\nContent-Length: 1000000\r\n\r\n")
        .unwrap();
    stream.write_all(&part("whole.bin", &[b'x'; 400_000])).unwrap();
    stream.write_all(&part("half.bin", &[b'x'; 400_000])).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let wait_for = |count| {
        while fs::read_dir(folder.path()).unwrap().count() != count {
            assert!(Instant::now() < deadline, "not {count} files");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait_for(2);
    drop(stream);
    wait_for(0);
}

#[test]
fn what_is_no_form_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let example = start(folder.path());
    assert_eq!(example.send(&["POST /", "Content-Type: text/plain"], "x").status, 415);
    assert_eq!(example.send(&["POST /", FORM], "--cut\r\nnonsense").status, 400);
    assert!(example.send(&["GET /"], "").text().contains("<progress"));
    assert_eq!(contents(folder.path()).len(), 0);
}

#[test]
fn it_is_under_35_lines() {
    assert!(include_str!("../src/main.rs").lines().count() < 35);
}
