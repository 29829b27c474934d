//! Bodies: caps, broken data, stacks, turns, ends.

use std::collections::VecDeque;
use std::task::Waker;

use http::{HeaderName, HeaderValue};

use super::super::decoder::tests::{codings, encoded};
use super::super::meter::GRACE;
use super::*;

const MIB: usize = 1024 * 1024;

const ZEROS: usize = 4 * MIB;

/// Frames that are there, and a count of those that were asked for.
struct Frames(VecDeque<Frame<Bytes>>);

impl HttpBody for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

fn frames(data: &[u8], size: usize) -> Body {
    Body::new(Frames(data.chunks(size).map(|piece| Frame::data(Bytes::copy_from_slice(piece))).collect()))
}

fn meter(limit: u64, ratio: Option<u32>) -> Arc<Meter> {
    Arc::new(Meter::new(limit, ratio))
}

fn decoded(source: Body, coding: Coding, meter: &Arc<Meter>) -> DecodedBody {
    DecodedBody::try_new(source, coding, Arc::clone(meter), true).unwrap()
}

/// What came out, what went wrong, and how often another had its turn.
fn read(mut body: DecodedBody) -> (Vec<u8>, Option<BodyError>, usize) {
    let (mut content, mut turns) = (Vec::new(), 0);
    loop {
        match Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => turns += 1,
            Poll::Ready(Some(Ok(frame))) => {
                let block = frame.into_data().unwrap();
                assert!(!block.is_empty() && block.len() <= ROOM);
                content.extend_from_slice(&block);
            }
            Poll::Ready(Some(Err(error))) => {
                let next = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
                assert!(matches!(next, Poll::Ready(None)) && body.is_end_stream());
                return (content, Some(error), turns);
            }
            Poll::Ready(None) => {
                assert!(body.is_end_stream());
                return (content, None, turns);
            }
        }
    }
}

#[test]
fn a_body_is_decoded_and_the_meter_counts() {
    for coding in Coding::ALL {
        let data = encoded(coding, b"hello");
        let meter = meter(5, Some(100));
        let (content, error, _) = read(decoded(frames(&data, 3), coding, &meter));
        assert_eq!(content, b"hello");
        assert!(error.is_none() && meter.fault().is_none(), "{coding}");
    }
}

#[test]
fn a_bomb_stops_at_the_limit() {
    for coding in codings() {
        let bomb = encoded(coding, &vec![0; ZEROS]);
        assert!(bomb.len() < 20_000, "{coding}: {}", bomb.len());
        let meter = meter(MIB as u64, None);
        let (content, error, _) = read(decoded(frames(&bomb, usize::MAX), coding, &meter));
        assert!(error.unwrap().is_too_large());
        assert!(content.len() <= MIB && content.len() > MIB - ROOM - 1, "{coding}: {}", content.len());
        assert_eq!(meter.fault(), Some(Fault::TooLong { limit: MIB as u64 }));
    }
}

#[test]
fn a_bomb_below_the_limit_stops_at_the_ratio() {
    for coding in codings() {
        let bomb = encoded(coding, &vec![0; ZEROS]);
        let meter = meter(u64::MAX, Some(100));
        let (content, error, _) = read(decoded(frames(&bomb, 1000), coding, &meter));
        assert!(error.unwrap().is_too_large());
        let allowed = (bomb.len() * 100).max(GRACE as usize);
        assert!(content.len() <= allowed, "{coding}: {} of {allowed}", content.len());
        assert_eq!(meter.fault(), Some(Fault::Expands { ratio: 100 }));
    }
}

#[test]
fn without_a_ratio_all_of_it_comes_out_in_turns() {
    for coding in codings() {
        let data = encoded(coding, &vec![0; 4 * MIB]);
        let meter = meter(u64::MAX, None);
        let (content, error, turns) = read(decoded(frames(&data, usize::MAX), coding, &meter));
        assert!(error.is_none());
        assert_eq!(content.len(), 4 * MIB, "{coding}");
        assert!(turns >= 4 * MIB / ROOM / TURN as usize - 1, "{coding}: {turns}");
    }
}

#[test]
fn short_content_may_expand_as_it_likes() {
    for coding in codings() {
        let data = encoded(coding, &vec![0; GRACE as usize]);
        let (content, error, _) = read(decoded(frames(&data, usize::MAX), coding, &meter(u64::MAX, Some(1))));
        assert!(error.is_none());
        assert_eq!(content.len(), GRACE as usize, "{coding}");
    }
}

#[test]
fn broken_data_says_how() {
    for coding in codings() {
        let data = encoded(coding, b"hello, hello, hello, hello, hello");
        let trailing = [&data[..], b"\0\0garbage"].concat();
        let mut zeros = data.clone();
        zeros.extend([0; 40]);
        for (data, how) in [
            (data[..data.len() - 1].to_vec(), How::CutShort),
            (data[..1].to_vec(), How::CutShort),
            (trailing, How::Trailing),
            (zeros, How::Trailing),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(), How::Invalid),
        ] {
            for size in [1, usize::MAX] {
                let meter = meter(1000, Some(100));
                let (_, error, _) = read(decoded(frames(&data, size), coding, &meter));
                let error = error.unwrap();
                assert!(!error.is_too_large() && !error.is_disconnected() && !error.is_timed_out());
                assert_eq!(meter.fault(), Some(Fault::Broken { coding, how }), "{coding} {data:?} {size}");
            }
        }
    }
}

#[test]
fn no_content_is_no_fault() {
    for coding in Coding::ALL {
        let (content, error, _) = read(decoded(frames(&[], 1), coding, &meter(0, Some(1))));
        assert!(content.is_empty() && error.is_none(), "{coding}");
    }
}

#[test]
fn both_stages_of_a_stack_are_metered() {
    for inner in codings() {
        for outer in codings() {
            let twice = |content: &[u8]| encoded(outer, &encoded(inner, content));
            let stack = |data: &[u8], meter: &Arc<Meter>| {
                let first = Body::new(decoded(frames(data, 500), outer, meter));
                DecodedBody::try_new(first, inner, Arc::clone(meter), false).unwrap()
            };
            let (content, error, _) = read(stack(&twice(b"hello"), &meter(1000, Some(100))));
            assert!(error.is_none());
            assert_eq!(content, b"hello", "{inner}, {outer}");

            let bomb = twice(&vec![0; ZEROS]);
            let meter = meter(u64::MAX, Some(100));
            let (content, error, _) = read(stack(&bomb, &meter));
            assert!(error.unwrap().is_too_large(), "{inner}, {outer}");
            assert!(content.len() <= (bomb.len() * 100).max(GRACE as usize));
        }
    }
}

/// The outer coding expands a lot, the inner one takes it all and gives nothing.
#[test]
fn a_stage_that_gives_nothing_is_no_hiding_place() {
    let skipped =
        [&[0x50, 0x2a, 0x4d, 0x18][..], &(8 * MIB as u32).to_le_bytes(), &vec![0; 8 * MIB]].concat();
    let data = encoded(Coding::Gzip, &skipped);
    let meter = meter(u64::MAX, Some(100));
    let first = Body::new(decoded(frames(&data, 500), Coding::Gzip, &meter));
    let body = DecodedBody::try_new(first, Coding::Zstd, Arc::clone(&meter), false).unwrap();
    let (content, error, _) = read(body);
    assert!(content.is_empty() && error.unwrap().is_too_large());
    assert_eq!(meter.fault(), Some(Fault::Expands { ratio: 100 }));
}

/// Members without content cost time and give none to count; they leave room for others all the same.
#[test]
fn empty_members_take_turns() {
    let data = encoded(Coding::Gzip, b"").repeat(1000);
    let (content, error, turns) = read(decoded(frames(&data, usize::MAX), Coding::Gzip, &meter(0, Some(1))));
    assert!(content.is_empty() && error.is_none());
    assert!(turns >= 1000 / TURN as usize - 1, "{turns}");
}

#[test]
fn trailers_come_through() {
    let data = Bytes::from(encoded(Coding::Zstd, b"hello"));
    let sum = (HeaderName::from_static("x-sum"), HeaderValue::from_static("7"));
    let trailers = Frame::trailers(HeaderMap::from_iter([sum]));
    let source = Body::new(Frames([Frame::data(data), trailers].into()));
    let mut body = decoded(source, Coding::Zstd, &meter(5, None));
    let mut next = || Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(next(), Poll::Ready(Some(Ok(frame))) if frame.is_data()));
    assert!(matches!(next(), Poll::Ready(Some(Ok(frame))) if frame.trailers_ref().unwrap()["x-sum"] == "7"));
    assert!(matches!(next(), Poll::Ready(None)));
}

#[test]
fn an_error_of_the_source_is_its_own() {
    let (_, error, _) = read({
        let source = Body::from_stream(Failing);
        decoded(source, Coding::Gzip, &meter(5, None))
    });
    assert!(error.unwrap().is_disconnected());
}

struct Failing;

impl futures_core::Stream for Failing {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}
