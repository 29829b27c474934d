//! Fields on both sides of the threshold: read again, kept, and gone without a trace.

use std::convert::Infallible;
use std::error::Error as _;
use std::fs;
use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::Body as _;
use hyperserve_core::{Body, IntoResponse, MultipartLimits};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::super::tests::{blocks, body_of, form, in_blocks, limited, part, problem};
use super::super::{Multipart, Rejection};
use super::{PIECE, Spooled};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn count(folder: &TempDir) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// Files are removed on other threads: waits until none is left.
fn gone(folder: &TempDir) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while count(folder) > 0 {
        assert!(Instant::now() < deadline, "not removed");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn text(length: usize) -> String {
    (0..length).map(|at| char::from(b'a' + u8::try_from(at % 23).unwrap())).collect()
}

async fn spooled(mut form: Multipart) -> Result<Spooled, Rejection> {
    form.next_field().await?.unwrap().spool().await
}

/// A form of one field, of which more than 10 bytes go to a file.
async fn of_one(content: &str, folder: &TempDir) -> Spooled {
    let form = form(body_of(&[("a", content)])).await;
    spooled(form.with_spool_threshold(10).with_spool_dir(folder.path())).await.unwrap()
}

async fn read(mut reader: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut all = Vec::new();
    reader.read_to_end(&mut all).await.unwrap();
    all
}

#[tokio::test]
async fn what_is_read_is_what_came_on_both_sides_of_the_threshold() {
    let folder = folder();
    for (threshold, length) in [
        (10, 0),
        (10, 9),
        (10, 10),
        (10, 11),
        (0, 0),
        (0, 1),
        (PIECE, PIECE),
        (PIECE, 3 * PIECE + 5),
        (10, 2 * PIECE),
    ] {
        let content = text(length);
        for size in [7, 1000, 1 << 20] {
            if length / size > 10_000 {
                continue;
            }
            let body = in_blocks(body_of(&[("a", &content), ("b", "2")]).as_bytes(), size, false);
            let form = limited(body, usize::MAX, MultipartLimits::default()).await.unwrap();
            let mut form = form.with_spool_threshold(threshold).with_spool_dir(folder.path());
            let spooled = form.next_field().await.unwrap().unwrap().spool().await.unwrap();
            assert_eq!((spooled.name(), spooled.length()), ("a", length as u64));
            assert_eq!(spooled.is_in_memory(), length <= threshold, "{length} of {threshold}");
            assert_eq!(spooled.path().is_none(), spooled.is_in_memory());
            assert_eq!(
                spooled.as_bytes().map(|bytes| &bytes[..]),
                spooled.is_in_memory().then_some(content.as_bytes())
            );
            for _ in 0..2 {
                assert_eq!(read(spooled.reader()).await, content.as_bytes());
            }
            assert_eq!(form.next_field().await.unwrap().unwrap().text().await.unwrap(), "2");
        }
    }
    gone(&folder);
}

#[tokio::test]
async fn the_facts_of_a_field_stay_with_it() {
    let body = "--b\r\ncontent-disposition: form-data; name=a; filename=\"../x\"\r\nContent-Type: image/png\r\nX-Own: 1\r\n\r\nPNG\r\n--b--";
    let spooled = spooled(form(body).await).await.unwrap();
    assert_eq!((spooled.name(), spooled.file_name()), ("a", Some("../x")));
    assert_eq!(
        (spooled.content_type(), &spooled.headers()["x-own"]),
        (Some("image/png"), &"1".parse().unwrap())
    );
    assert!(spooled.is_in_memory() && format!("{spooled:?}").contains("../x"));
}

#[tokio::test]
async fn the_default_threshold_is_that_of_the_limits() {
    let folder = folder();
    for (limits, kept) in
        [(MultipartLimits::default(), 256 * 1024), (MultipartLimits::default().with_spool_threshold(5), 5)]
    {
        for (length, in_memory) in [(kept, true), (kept + 1, false)] {
            let form = limited(body_of(&[("a", &text(length))]), usize::MAX, limits).await.unwrap();
            let spooled = spooled(form.with_spool_dir(folder.path())).await.unwrap();
            assert_eq!(spooled.is_in_memory(), in_memory);
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_private_and_goes_with_its_value() {
    use std::os::unix::fs::MetadataExt;
    let folder = folder();
    let spooled = of_one("twelve bytes", &folder).await;
    let path = spooled.path().unwrap().to_owned();
    assert_eq!(path.parent(), Some(folder.path()));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(fs::read(&path).unwrap(), b"twelve bytes");
    let reader = spooled.reader();
    drop(spooled);
    gone(&folder);
    assert_eq!(read(reader).await, b"twelve bytes", "a reader outlives it");
}

#[tokio::test]
async fn readers_have_places_of_their_own() {
    let folder = folder();
    let spooled = of_one(&text(PIECE + 100), &folder).await;
    let (mut one, mut two) = (spooled.reader(), spooled.reader());
    let mut begin = [0; 50];
    one.read_exact(&mut begin).await.unwrap();
    assert_eq!(read(&mut two).await, text(PIECE + 100).as_bytes());
    assert_eq!(read(&mut one).await, &text(PIECE + 100).as_bytes()[50..]);
    assert_eq!((read(one).await.len(), read(two).await.len()), (0, 0));
}

#[tokio::test]
async fn a_body_has_its_length_and_removes_its_file() {
    let folder = folder();
    for length in [0, 5, 11, 2 * PIECE + 1] {
        let content = text(length);
        let body = Body::from(of_one(&content, &folder).await);
        assert_eq!(body.size_hint().exact(), Some(length as u64));
        assert_eq!(body.is_end_stream(), length == 0);
        assert_eq!(count(&folder), usize::from(length > 10));
        assert_eq!(body.collect(usize::MAX).await.unwrap(), content);
        gone(&folder);
    }
}

#[tokio::test]
async fn a_file_that_others_cut_short_is_an_error() {
    let folder = folder();
    let spooled = of_one(&text(2 * PIECE), &folder).await;
    let file = fs::OpenOptions::new().write(true).open(spooled.path().unwrap()).unwrap();
    file.set_len(PIECE as u64).unwrap();
    let mut all = Vec::new();
    let error = spooled.reader().read_to_end(&mut all).await.unwrap_err();
    assert_eq!((error.kind(), all.len()), (io::ErrorKind::UnexpectedEof, PIECE));
    assert!(spooled.into_body().collect(usize::MAX).await.is_err());
}

#[tokio::test]
async fn a_limit_that_is_exceeded_leaves_nothing() {
    let folder = folder();
    let body = body_of(&[("a", &text(3 * PIECE))]);
    let spool = |form: Multipart| spooled(form.with_spool_threshold(10).with_spool_dir(folder.path()));
    let by_name = limited(in_blocks(body.as_bytes(), 1000, false), usize::MAX, MultipartLimits::default())
        .await
        .unwrap();
    let rejection = spool(by_name.with_field_limit("a", 2 * PIECE)).await.unwrap_err();
    assert!(rejection.is_too_large());
    assert_eq!(problem(rejection)["errors"][0]["loc"], serde_json::json!(["body", "a"]));
    let whole =
        limited(in_blocks(body.as_bytes(), 1000, true), 2 * PIECE, MultipartLimits::default()).await.unwrap();
    assert!(spool(whole).await.unwrap_err().is_too_large());
    gone(&folder);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let folder = folder();
    let begin = part("a", &text(PIECE));
    let gone_away = Err(io::Error::from(io::ErrorKind::ConnectionReset));
    let body = Body::from_stream(blocks([Ok(Bytes::from(begin)), gone_away], false));
    let form = form(body).await.with_spool_threshold(10).with_spool_dir(folder.path());
    assert!(spooled(form).await.unwrap_err().is_body());
    gone(&folder);
}

#[tokio::test]
async fn a_future_that_is_dropped_leaves_nothing_wherever_it_waits() {
    let folder = folder();
    let body = body_of(&[("a", &text(2 * PIECE))]);
    for polls in 1..40 {
        let form = form(in_blocks(body.as_bytes(), PIECE / 4, true)).await;
        let mut spooling = pin!(spooled(form.with_spool_threshold(10).with_spool_dir(folder.path())));
        for _ in 0..polls {
            let poll = poll_fn(|cx| Poll::Ready(spooling.as_mut().poll(cx))).await;
            if let Poll::Ready(spooled) = poll {
                assert_eq!(spooled.unwrap().length(), 2 * PIECE as u64);
                break;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
    gone(&folder);
}

/// The only thread that could write is busy: what the client sends must then wait outside.
#[test]
fn no_more_is_read_than_can_be_written() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let folder = folder();
        let begin = Bytes::from(part("a", "").trim_end().to_owned() + "\r\n\r\n");
        let data = std::iter::repeat_n(Bytes::from(vec![b'x'; 1000]), 2000);
        let end = Bytes::from_static(b"\r\n--b--");
        let source = blocks([begin].into_iter().chain(data).chain([end]).map(Ok::<_, Infallible>), false);
        let given = Arc::clone(&source.given);
        let form = form(Body::from_stream(source)).await.with_spool_threshold(10_000);
        let (release, busy) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || busy.recv().is_ok());
        let mut spooling = pin!(spooled(form.with_spool_dir(folder.path())));
        let waits = tokio::time::timeout(Duration::from_millis(50), &mut spooling).await;
        assert!(waits.is_err());
        assert!(given.load(Ordering::Relaxed) < 15, "10 blocks are held, one is at hand");
        release.send(()).unwrap();
        assert!(busy.await.unwrap());
        assert_eq!(spooling.await.unwrap().length(), 2_000_000);
    });
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_a_fault_of_the_server() {
    let folder = folder();
    let missing = folder.path().join("missing");
    let body = body_of(&[("a", &text(100)), ("b", "2")]);
    let mut form = form(body).await.with_spool_threshold(10).with_spool_dir(&missing);
    let rejection = form.next_field().await.unwrap().unwrap().spool().await.unwrap_err();
    assert!(rejection.is_storage() && rejection.status() == 500);
    let cause = rejection.source().unwrap();
    assert!(cause.to_string().contains("missing"), "{cause}");
    assert!(!problem(rejection).to_string().contains("missing"), "clients are not told");
    assert_eq!(form.next_field().await.unwrap().unwrap().text().await.unwrap(), "2");
}

#[tokio::test]
async fn a_whole_form_is_spooled() {
    let folder = folder();
    let body = body_of(&[("title", "Sunset"), ("photo", &text(100)), ("title", "")]);
    let limited = limited(body.clone(), usize::MAX, MultipartLimits::default()).await.unwrap();
    let fields = limited.with_spool_threshold(50).with_spool_dir(folder.path()).spool_all().await.unwrap();
    let facts: Vec<_> =
        fields.iter().map(|field| (field.name(), field.length(), field.is_in_memory())).collect();
    assert_eq!(facts, [("title", 6, true), ("photo", 100, false), ("title", 0, true)]);
    drop(fields);
    let cut = form(body.trim_end().trim_end_matches("--b--").to_owned()).await;
    let rejection = cut.with_spool_threshold(50).with_spool_dir(folder.path()).spool_all().await.unwrap_err();
    assert!(rejection.is_malformed());
    gone(&folder);
}

#[tokio::test]
async fn text_is_short_and_utf8() {
    let folder = folder();
    assert_eq!(of_one("é", &folder).await.text().unwrap(), "é");
    let rejection = of_one("twelve bytes", &folder).await.text().unwrap_err();
    let problem = problem(rejection);
    assert_eq!((&problem["status"], &problem["limit"]), (&413.into(), &10.into()));
    assert_eq!(problem["errors"][0]["loc"], serde_json::json!(["body", "a"]));
    let latin = [part("a", "").trim_end().as_bytes(), b"\r\n\r\n\xe9\r\n--b--"].concat();
    assert!(spooled(form(latin).await).await.unwrap().text().unwrap_err().is_malformed());
}

/// A short one, which is in memory, and one in a file.
const CONTENTS: [&str; 2] = ["short", "twelve bytes"];

#[tokio::test]
async fn what_is_kept_stays_and_nothing_beside_it() {
    for content in CONTENTS {
        let (spool, keep) = (folder(), folder());
        let path = keep.path().join("kept");
        of_one(content, &spool).await.persist(&path).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        of_one(content, &spool).await.persist(keep.path().join("second")).without_sync().await.unwrap();
        assert_eq!((count(&spool), count(&keep)), (0, 2));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn within_a_file_system_the_file_is_renamed() {
    use std::os::unix::fs::MetadataExt;
    let folder = folder();
    let spooled = of_one("twelve bytes", &folder).await;
    let inode = fs::metadata(spooled.path().unwrap()).unwrap().ino();
    let path = folder.path().join("kept");
    spooled.persist(&path).await.unwrap();
    assert_eq!(fs::metadata(path).unwrap().ino(), inode);
}

#[tokio::test]
async fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
    for content in CONTENTS {
        let folder = folder();
        let path = folder.path().join("kept");
        fs::write(&path, "old").unwrap();
        let error = of_one(content, &folder).await.persist(&path).with_mode(0o644).await.unwrap_err();
        assert_eq!((error.kind(), fs::read(&path).unwrap()), (io::ErrorKind::AlreadyExists, b"old".to_vec()));
        let spooled = error.into_spooled().unwrap();
        assert_eq!(read(spooled.reader()).await, content.as_bytes(), "the upload is not lost");
        #[cfg(unix)]
        if let Some(path) = spooled.path() {
            use std::os::unix::fs::MetadataExt;
            assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, 0o600, "private again");
        }
        spooled.persist(&path).with_overwrite().await.unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), count(&folder)), (content, 1));
        let error = of_one(content, &folder).await.persist(&path).await.unwrap_err();
        assert_eq!(error.into_response().status(), 409);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_mode_is_private_unless_it_is_set() {
    use std::os::unix::fs::MetadataExt;
    let folder = folder();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().mode() & 0o7777;
    for content in CONTENTS {
        let path = |name: &str| folder.path().join(name);
        of_one(content, &folder).await.persist(path("a")).with_overwrite().await.unwrap();
        of_one(content, &folder).await.persist(path("b")).with_overwrite().with_mode(0o664).await.unwrap();
        assert_eq!((mode("a"), mode("b")), (0o600, 0o664));
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_lost() {
    for content in CONTENTS {
        let folder = folder();
        let target = folder.path().join("missing/kept");
        let error = of_one(content, &folder).await.persist(&target).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (io::ErrorKind::NotFound, "upload could not be kept")
        );
        assert!(error.source().is_some());
        let spooled = error.into_spooled().unwrap();
        assert_eq!(read(spooled.reader()).await, content.as_bytes());
        let error = spooled.persist(&target).await.unwrap_err();
        assert_eq!(error.into_response().status(), 500);
        gone(&folder);
    }
}

/// As when it is in another file system, or a cleaner of old temporary files came by, and somebody else after it.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_lost_its_name_is_copied() {
    let (spool, keep) = (folder(), folder());
    let content = text(3 * PIECE + 1);
    for another in [false, true] {
        let spooled = of_one(&content, &spool).await;
        fs::remove_file(spooled.path().unwrap()).unwrap();
        if another {
            fs::write(spooled.path().unwrap(), "from somebody else").unwrap();
        }
        let path = keep.path().join(another.to_string());
        spooled.persist(&path).with_mode(0o640).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    assert_eq!(count(&keep), 2);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn between_file_systems_the_file_is_copied() {
    use std::os::unix::fs::MetadataExt;
    let (spool, other) = (folder(), Path::new("/dev/shm"));
    let far = fs::metadata(other).is_ok_and(|other| other.dev() != fs::metadata(&spool).unwrap().dev());
    let Some(keep) = far.then(|| tempfile::tempdir_in(other).ok()).flatten() else { return };
    let content = text(PIECE + 1);
    let path = keep.path().join("kept");
    of_one(&content, &spool).await.persist(&path).await.unwrap();
    assert_eq!((fs::read_to_string(&path).unwrap(), count(&keep)), (content.clone(), 1));
    let error = of_one(&content, &spool).await.persist(&path).await.unwrap_err();
    assert_eq!((error.kind(), count(&keep)), (io::ErrorKind::AlreadyExists, 1));
    drop(error);
    gone(&spool);
}

#[test]
fn what_was_spooled_may_be_moved_between_threads() {
    fn check<T: Send + 'static>() {}
    check::<Spooled>();
    check::<super::Persist>();
    check::<super::PersistError>();
    check::<super::SpooledReader>();
    fn of<T: Send>(_: T) {}
    of(|form: Multipart| form.spool_all());
}
