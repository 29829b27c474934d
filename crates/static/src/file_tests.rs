//! Files as responses: headers, lengths, and what is refused.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, Method};
use http_body::Body as _;
use hyperserve_core::IntoResponse;
use tempfile::TempDir;

use super::File;

const PIECE: u64 = 64 * 1024;

fn written(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, content).unwrap();
    (directory, path)
}

fn bytes(length: u64) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[tokio::test]
async fn a_file_is_sent_whole_with_its_facts() {
    let (_directory, path) = written("page.html", b"<p>hi");
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    std::fs::File::open(&path).unwrap().set_modified(modified).unwrap();
    let response = File::open(&path).await.unwrap().into_response();
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers.len(), 6);
    assert_eq!(headers["accept-ranges"], "bytes");
    assert!(headers["etag"].to_str().unwrap().starts_with("\"5-"));
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(headers["content-length"], "5");
    assert_eq!(headers["last-modified"], "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(response.into_body().collect(5).await.unwrap(), "<p>hi");
}

#[tokio::test]
async fn lengths_around_the_pieces() {
    for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
        let content = bytes(length);
        let (_directory, path) = written("data", &content);
        let file = File::open(&path).await.unwrap();
        assert_eq!(file.length(), length);
        let body = file.into_response().into_body();
        assert_eq!(body.size_hint().exact(), Some(length));
        assert_eq!(body.is_end_stream(), length == 0);
        assert_eq!(body.collect(1 << 20).await.unwrap(), content);
    }
}

#[tokio::test]
async fn a_file_that_only_grows_is_sent_as_long_as_it_was() {
    let (_directory, path) = written("log.txt", b"one\n");
    for grows in [false, true] {
        let file = File::open(&path).await.unwrap().with_growth(grows);
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"two\n").unwrap();
        let sent = file.into_response().into_body().collect(100).await;
        assert_eq!(sent.is_ok(), grows, "what may have been overwritten is not whole");
    }
}

#[tokio::test]
async fn a_file_that_shrank_is_an_error() {
    for left in [0, 10, PIECE, PIECE + 10] {
        let (_directory, path) = written("data", &bytes(2 * PIECE));
        let file = File::open(&path).await.unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(left).unwrap();
        let error = file.into_response().into_body().collect(1 << 20).await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "the file was changed while it was sent");
    }
}

#[tokio::test]
async fn what_is_no_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = File::open(directory.path()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    assert_eq!(error.to_string(), "a directory cannot be sent, only a file");
    let error = File::open(directory.path().join("absent")).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[cfg(unix)]
#[tokio::test]
async fn devices_and_pipes_are_refused_unopened() {
    let error = File::open("/dev/null").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn media_type_and_file_name_can_be_set() {
    let (_directory, path) = written("data.bin", b"x");
    let file = File::open(&path).await.unwrap().with_content_type("text/x-own").with_attachment("é.txt");
    let response = file.with_content_type("bad\nvalue").into_response();
    assert_eq!(response.headers()["content-type"], "text/x-own");
    let disposition = "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt";
    assert_eq!(response.headers()["content-disposition"], disposition);
}

#[tokio::test]
async fn conditions_and_ranges_are_answered() {
    let (_directory, path) = written("page.html", b"<p>hi");
    let respond = async |name: &'static str, value: &str| {
        let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())]);
        File::open(&path).await.unwrap().respond(&Method::GET, &headers)
    };
    let part = respond("range", "bytes=3-").await;
    assert_eq!(
        (part.status().as_u16(), &part.headers()["content-range"]),
        (206, &"bytes 3-4/5".parse().unwrap())
    );
    let tag = part.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(part.into_body().collect(5).await.unwrap(), "hi");
    assert_eq!(respond("if-none-match", &tag).await.status(), 304);
}
