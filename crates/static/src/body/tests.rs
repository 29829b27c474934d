use std::fs;
use std::io::Write as _;

use hyperserve_core::Body as AnyBody;

use super::*;

fn file(bytes: &[u8]) -> (tempfile::NamedTempFile, Arc<File>, Stamp) {
    let mut named = tempfile::NamedTempFile::new().unwrap();
    named.write_all(bytes).unwrap();
    let file = Arc::new(File::open(named.path()).unwrap());
    let stamp = Stamp::of(&file.metadata().unwrap());
    (named, file, stamp)
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

fn whole(file: &Arc<File>, stamp: Stamp) -> FileBody {
    FileBody::new(Arc::clone(file), stamp, std::iter::once(0..stamp.length()))
}

async fn next(body: &mut FileBody) -> Option<io::Result<Bytes>> {
    let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap()))
}

#[tokio::test]
async fn a_file_comes_in_pieces_and_whole() {
    let bytes = pattern(1_000_000);
    let (_named, file, stamp) = file(&bytes);
    for range in [0..1_000_000_u64, 5..6, 300_000..700_000, 10..10] {
        let body = FileBody::new(Arc::clone(&file), stamp, [range.clone()]);
        assert_eq!(body.size_hint().exact(), Some(range.end - range.start));
        let sent = AnyBody::new(body).collect(usize::MAX).await.unwrap();
        assert!(sent == bytes[range.start as usize..range.end as usize]);
    }
}

#[tokio::test]
async fn a_thread_reads_the_same() {
    let bytes = pattern(600_000);
    let (_named, file, stamp) = file(&bytes);
    let mut body = whole(&file, stamp);
    body.reading = Some(read::later(&file, 0..600_000));
    let mut sent = Vec::new();
    while let Some(piece) = next(&mut body).await {
        sent.extend_from_slice(&piece.unwrap());
    }
    assert!(sent == bytes);
}

#[tokio::test]
async fn texts_stand_between_stretches() {
    let (_named, file, stamp) = file(b"abcdef");
    let segments = [
        Segment::Text(Bytes::from_static(b"<")),
        Segment::Data(4..6),
        Segment::Text(Bytes::new()),
        Segment::Data(0..1),
    ];
    let body = FileBody::of_segments(file, stamp, segments);
    assert_eq!(body.size_hint().exact(), Some(4));
    assert_eq!(AnyBody::new(body).collect(10).await.unwrap(), "<efa");
}

#[tokio::test]
async fn what_is_changed_meanwhile_is_never_whole() {
    for change in ["shortened", "overwritten", "appended"] {
        let (named, file, stamp) = file(&pattern(1_000_000));
        let mut body = whole(&file, stamp);
        assert!(next(&mut body).await.unwrap().is_ok());
        let mut writer =
            fs::OpenOptions::new().write(true).append(change == "appended").open(named.path()).unwrap();
        match change {
            "shortened" => writer.set_len(400_000).unwrap(),
            _ => writer.write_all(b"other").unwrap(),
        }
        let mut last = None;
        while let Some(piece) = next(&mut body).await {
            last = Some(piece);
        }
        assert!(last.unwrap().is_err(), "{change}");
        assert!(next(&mut body).await.is_none());
    }
}

#[tokio::test]
async fn a_file_that_is_replaced_is_sent_as_it_was() {
    let bytes = pattern(1_000_000);
    let (named, file, stamp) = file(&bytes);
    let mut body = whole(&file, stamp);
    let mut sent = next(&mut body).await.unwrap().unwrap().to_vec();
    let other = named.path().with_extension("new");
    fs::write(&other, "other").unwrap();
    fs::rename(&other, named.path()).unwrap();
    while let Some(piece) = next(&mut body).await {
        sent.extend_from_slice(&piece.unwrap());
    }
    assert!(sent == bytes);
}

#[tokio::test]
async fn a_text_at_the_end_hides_no_change() {
    let (named, file, stamp) = file(&pattern(1_000));
    let segments = [
        Segment::Data(0..10),
        Segment::Text(Bytes::from_static(b"--")),
        Segment::Data(20..30),
        Segment::Text(Bytes::from_static(b"--")),
    ];
    let mut body = FileBody::of_segments(file, stamp, segments);
    assert!(next(&mut body).await.unwrap().is_ok());
    fs::OpenOptions::new().write(true).open(named.path()).unwrap().write_all(b"other").unwrap();
    assert!(next(&mut body).await.unwrap().is_ok(), "a text");
    assert!(next(&mut body).await.unwrap().is_err());
    assert!(next(&mut body).await.is_none());
}
