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

async fn next(body: &mut FileBody) -> Option<Result<Bytes, BodyError>> {
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
        let sent = AnyBody::of_file(body).collect(usize::MAX).await.unwrap();
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
    assert_eq!(AnyBody::of_file(body).collect(10).await.unwrap(), "<efa");
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

#[cfg(target_os = "linux")]
mod stretches {
    use super::*;

    fn taken(body: &mut FileBody, most: u64) -> Option<(u64, u64)> {
        Pin::new(body).next_stretch(most).map(|stretch| (stretch.start, stretch.length))
    }

    #[tokio::test]
    async fn all_but_the_last_page_can_be_taken() {
        let bytes = pattern(1_000_000);
        let (_named, file, stamp) = file(&bytes);
        let mut body = whole(&file, stamp);
        assert_eq!(taken(&mut body, 300_000), Some((0, 300_000)));
        assert_eq!(body.size_hint().exact(), Some(700_000));
        assert_eq!(taken(&mut body, u64::MAX), Some((300_000, 999_424 - 300_000)));
        assert_eq!(taken(&mut body, u64::MAX), None);
        assert!(next(&mut body).await.unwrap().unwrap() == bytes[999_424..]);
        assert!(next(&mut body).await.is_none());
    }

    #[tokio::test]
    async fn what_is_short_or_being_read_is_read() {
        let (_named, file, stamp) = file(&pattern(1_000_000));
        let mut short = FileBody::new(Arc::clone(&file), stamp, std::iter::once(5..131_072));
        assert_eq!(taken(&mut short, u64::MAX), None);
        assert_eq!(taken(&mut whole(&file, stamp), 1000), None);
        let mut body = whole(&file, stamp);
        body.reading = Some(read::later(&file, 0..65_536));
        assert_eq!(taken(&mut body, u64::MAX), None);
    }

    #[tokio::test]
    async fn texts_are_between_stretches_and_the_last_bytes_are_those_of_the_file() {
        let (_named, file, stamp) = file(&pattern(1_000_000));
        let text = || Segment::Text(Bytes::from_static(b"--"));
        let segments = [text(), Segment::Data(0..200_000), text(), Segment::Data(300_000..600_000), text()];
        let mut body = FileBody::of_segments(file, stamp, segments);
        assert_eq!(taken(&mut body, u64::MAX), None);
        assert_eq!(next(&mut body).await.unwrap().unwrap(), "--");
        assert_eq!(taken(&mut body, u64::MAX), Some((0, 200_000)), "no last bytes in the first");
        assert_eq!(next(&mut body).await.unwrap().unwrap(), "--");
        assert_eq!(taken(&mut body, u64::MAX), Some((300_000, 598_016 - 300_000)));
        assert_eq!(next(&mut body).await.unwrap().unwrap().len(), 600_000 - 598_016);
        assert_eq!(next(&mut body).await.unwrap().unwrap(), "--");
    }

    #[tokio::test]
    async fn what_was_taken_meanwhile_hides_no_change() {
        let (named, file, stamp) = file(&pattern(1_000_000));
        let mut body = whole(&file, stamp);
        assert!(taken(&mut body, u64::MAX).is_some());
        fs::OpenOptions::new().write(true).open(named.path()).unwrap().write_all(b"other").unwrap();
        assert!(next(&mut body).await.unwrap().is_err());
        assert!(next(&mut body).await.is_none());
    }

    #[tokio::test]
    async fn what_is_beyond_the_end_is_not_at_hand() {
        let (named, file, stamp) = file(&pattern(1_000_000));
        let mut body = whole(&file, stamp);
        fs::OpenOptions::new().write(true).open(named.path()).unwrap().set_len(400_000).unwrap();
        assert_eq!(taken(&mut body, u64::MAX), None);
    }
}
