//! When sets are looked at, in paused time.

use std::path::PathBuf;

use super::*;

const EC: &str = r#""kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM""#;

fn text(id: &str) -> String {
    format!(r#"{{"keys":[{{{EC},"kid":"{id}"}}]}}"#)
}

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new(id: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        std::fs::write(&path, text(id)).unwrap();
        Self { _folder: folder, path }
    }

    fn open(&self) -> Published {
        Published::open(Source::File(self.path.clone()), Policy::default()).unwrap()
    }
}

fn has(published: &Published, id: &str) -> bool {
    match published.known() {
        Known::Keys(set) => set.candidates(Some(id), jsonwebtoken::Algorithm::ES256).count() == 1,
        Known::Nothing => false,
    }
}

/// Lets the task that looks at the file end; reading it is on another thread.
async fn settle(published: &Published) {
    tokio::task::yield_now().await;
    drop(published.0.fetching.lock().await);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_set_is_looked_at_again_and_nobody_waits() {
    let file = File::new("a");
    let published = file.open();
    std::fs::write(&file.path, text("b")).unwrap();
    tokio::time::advance(Duration::from_secs(599)).await;
    assert!(has(&published, "a"));
    settle(&published).await;
    assert!(has(&published, "a"), "not yet");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(has(&published, "a"), "this one starts it");
    settle(&published).await;
    assert!(has(&published, "b"));
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn unknown_ids_have_it_looked_at_once_a_minute() {
    let file = File::new("a");
    let published = file.open();
    assert!(!published.may_wait_for_unknown(), "it was read a moment ago");
    tokio::time::advance(UNKNOWN).await;
    assert!(published.may_wait_for_unknown());
    std::fs::write(&file.path, text("b")).unwrap();
    tokio::join!(published.fetch_if_due(), published.fetch_if_due());
    assert!(has(&published, "b"));
    std::fs::write(&file.path, text("c")).unwrap();
    assert!(!published.may_wait_for_unknown());
    published.fetch_if_due().await;
    assert!(has(&published, "b"), "not before the minute is over");
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn old_keys_serve_while_new_ones_cannot_be_had_and_not_for_ever() {
    let file = File::new("a");
    let published = file.open();
    std::fs::write(&file.path, "{").unwrap();
    assert!(published.refresh().await.is_err());
    tokio::time::advance(Duration::from_secs(24 * 60 * 60)).await;
    assert!(has(&published, "a"));
    settle(&published).await;
    tokio::time::advance(Duration::from_secs(600)).await;
    assert!(!has(&published, "a"));
    std::fs::write(&file.path, text("a")).unwrap();
    published.fetch_if_due().await;
    assert!(has(&published, "a"));
}

#[test]
fn files_with_faults_are_errors_at_once() {
    let error = Published::open(Source::File("/does/not/exist".into()), Policy::default()).err().unwrap();
    assert!(error.to_string().starts_with("cannot read the JWK Set in /does/not/exist: "), "{error}");
    let file = File::new("a");
    std::fs::write(&file.path, vec![b' '; source::LONGEST + 1]).unwrap();
    let error = Published::open(Source::File(file.path), Policy::default()).err().unwrap();
    assert!(error.to_string().ends_with("is longer than 256 KiB"), "{error}");
}
