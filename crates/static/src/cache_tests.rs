use std::fs;
use std::path::Path;
use std::time::Duration;

use hyperserve_core::Request;
use tempfile::TempDir;
use tower_service::Service as _;

use crate::StaticFiles;

const LENGTH: usize = 300_000;

fn site(count: usize) -> TempDir {
    let site = tempfile::tempdir().unwrap();
    for at in 0..count {
        fs::write(site.path().join(format!("{at}.bin")), vec![b'a'; LENGTH]).unwrap();
    }
    site
}

/// None of them is small.
fn files(site: &TempDir) -> StaticFiles {
    StaticFiles::new(site.path()).unwrap().with_cache_file_size(1000)
}

/// The content, if it is whole.
async fn got(files: &StaticFiles, path: &str) -> Option<bytes::Bytes> {
    let Ok(response) = files.clone().call(Request::get(path).body(()).unwrap()).await;
    assert_eq!(response.status(), 200);
    response.into_body().collect(usize::MAX).await.ok()
}

fn replace(path: &Path, bytes: &[u8]) {
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, path).unwrap();
}

#[tokio::test]
async fn larger_files_are_kept_open() {
    let site = site(2);
    let files = files(&site);
    for path in ["/0.bin", "/0.bin", "/1.bin", "/0.bin"] {
        assert_eq!(got(&files, path).await.unwrap().len(), LENGTH);
    }
    let stats = files.cache_stats();
    assert_eq!((stats.hits, stats.misses, stats.entries, stats.open_files), (2, 2, 2, 2));
    assert_eq!(stats.bytes, 0);
}

#[tokio::test]
async fn no_more_of_them_than_is_set() {
    let site = site(20);
    for most in [0, 3] {
        let files = files(&site).with_open_files(most);
        for at in 0..20 {
            assert_eq!(got(&files, &format!("/{at}.bin")).await.unwrap().len(), LENGTH);
        }
        assert_eq!(files.cache_stats().open_files, most);
    }
}

#[tokio::test]
async fn siblings_are_open_files_as_well() {
    let site = site(1);
    fs::write(site.path().join("0.bin.gz"), vec![b'b'; LENGTH]).unwrap();
    let files = files(&site);
    assert_eq!(got(&files, "/0.bin").await.unwrap().len(), LENGTH);
    assert_eq!(files.cache_stats().open_files, 2);
    let few = files.with_open_files(1);
    assert_eq!(got(&few, "/0.bin").await.unwrap().len(), LENGTH);
    assert_eq!(few.cache_stats().open_files, 0);
}

#[tokio::test]
async fn one_that_is_written_to_is_sent_as_it_is_at_once() {
    let site = site(1);
    let files = files(&site);
    assert_eq!(got(&files, "/0.bin").await.unwrap(), vec![b'a'; LENGTH]);
    for length in [LENGTH, LENGTH + 1, LENGTH / 2] {
        fs::write(site.path().join("0.bin"), vec![b'b'; length]).unwrap();
        assert_eq!(got(&files, "/0.bin").await.unwrap(), vec![b'b'; length]);
    }
    // Now it is small, and not to be found where it was.
    fs::write(site.path().join("0.bin"), "b").unwrap();
    assert_eq!(got(&files, "/0.bin").await.unwrap(), "b");
    assert_eq!(files.cache_stats().open_files, 0);
}

#[tokio::test]
async fn one_that_is_replaced_is_sent_whole_and_not_for_long() {
    let site = site(1);
    let files = files(&site);
    let old = vec![b'a'; LENGTH];
    assert_eq!(got(&files, "/0.bin").await.unwrap(), old);
    replace(&site.path().join("0.bin"), b"new");
    assert_eq!(got(&files, "/0.bin").await.unwrap(), old);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(got(&files, "/0.bin").await.unwrap(), "new");
}
