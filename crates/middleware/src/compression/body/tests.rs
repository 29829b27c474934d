//! Streams: what goes in comes out, in time, in turns, with its end.

use crate::compression::coding::default_level;
use std::task::Waker;

use super::super::encoder::tests::{decoded, text};
use super::super::{Coding, pool};
use super::script::{Script, Step as Say};
use super::*;

fn compressed(coding: Coding, steps: impl IntoIterator<Item = Say>) -> CompressedBody {
    let encoder = pool::lend(coding, default_level(coding)).unwrap();
    CompressedBody::new(Bytes::new(), Body::new(Script::new(steps)), encoder)
}

fn next(body: &mut CompressedBody) -> Polled {
    Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()))
}

/// All the data, however often it has to be asked for, and how often that was.
fn read(body: &mut CompressedBody) -> (Vec<u8>, usize) {
    let (mut data, mut waits) = (Vec::new(), 0);
    loop {
        match next(body) {
            Poll::Pending => waits += 1,
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(block) => {
                    assert!(!block.is_empty() && block.len() <= ROOM);
                    data.extend_from_slice(&block);
                }
                Err(frame) => assert_eq!(frame.trailers_ref().unwrap()["x-sum"], "7"),
            },
            Poll::Ready(Some(Err(error))) => panic!("{error}"),
            Poll::Ready(None) => {
                assert!(body.is_end_stream());
                return (data, waits);
            }
        }
    }
}

#[test]
fn a_chunk_that_is_sent_can_be_read_while_the_next_is_awaited() {
    for coding in Coding::ALL {
        let chunks = ["one", "two and more", "three"];
        let mut body =
            compressed(coding, chunks.iter().flat_map(|chunk| [Say::Data(chunk), Say::Wait, Say::Wait]));
        let (mut sent, mut expected) = (Vec::new(), String::new());
        for chunk in chunks {
            expected.push_str(chunk);
            let Poll::Ready(Some(Ok(frame))) = next(&mut body) else {
                panic!("{coding}: nothing was flushed")
            };
            sent.extend_from_slice(frame.data_ref().unwrap());
            assert_eq!(decoded(coding, &sent), (expected.clone().into_bytes(), false), "{coding}");
            // Nothing new, nothing to flush.
            assert!(next(&mut body).is_pending());
        }
        sent.extend(read(&mut body).0);
        assert_eq!(decoded(coding, &sent), (expected.into_bytes(), true), "{coding}");
    }
}

#[test]
fn chunks_that_are_all_ready_are_not_flushed_one_by_one() {
    for coding in Coding::ALL {
        let steps = text(10_000).chunks(10).map(Bytes::copy_from_slice).map(Say::Block).collect::<Vec<_>>();
        let mut body = compressed(coding, steps);
        let (data, waits) = read(&mut body);
        assert_eq!(decoded(coding, &data), (text(10_000), true));
        assert!(data.len() < 4000 && waits == 0, "{coding}: {}", data.len());
    }
}

#[test]
fn a_long_body_lets_others_take_their_turn() {
    let content = text(1_000_000);
    for coding in Coding::ALL {
        let mut body = compressed(coding, [Say::Block(content.clone().into())]);
        let (data, waits) = read(&mut body);
        assert_eq!(decoded(coding, &data), (content.clone(), true), "{coding}");
        assert_eq!(waits, 1_000_000 / TURN, "{coding}");
    }
}

#[test]
fn the_first_bytes_may_have_been_taken_before() {
    let encoder = pool::lend(Coding::Gzip, 5).unwrap();
    let rest = Body::new(Script::new([Say::Data("two")]));
    let mut body = CompressedBody::new(Bytes::from_static(b"one, "), rest, encoder);
    assert_eq!(decoded(Coding::Gzip, &read(&mut body).0), (b"one, two".to_vec(), true));
}

#[test]
fn trailers_come_after_the_end_of_the_content() {
    for coding in Coding::ALL {
        let mut body = compressed(coding, [Say::Data("text"), Say::Trailers]);
        let Poll::Ready(Some(Ok(frame))) = next(&mut body) else { panic!() };
        assert_eq!(decoded(coding, frame.data_ref().unwrap()), (b"text".to_vec(), true));
        assert!(!body.is_end_stream());
        assert!(matches!(next(&mut body), Poll::Ready(Some(Ok(frame))) if frame.is_trailers()));
        assert!(body.is_end_stream());
        assert!(matches!(next(&mut body), Poll::Ready(None)));
    }
}

#[test]
fn an_error_is_handed_on_and_is_the_end() {
    let mut body = compressed(Coding::Zstd, [Say::Data("text"), Say::Wait, Say::Fail, Say::Data("more")]);
    assert!(matches!(next(&mut body), Poll::Ready(Some(Ok(_)))));
    assert!(matches!(next(&mut body), Poll::Ready(Some(Err(_)))));
    assert!(matches!(next(&mut body), Poll::Ready(None)));
    assert!(body.is_end_stream());
}

#[test]
fn an_empty_body_is_an_empty_content() {
    for coding in Coding::ALL {
        let (data, _) = read(&mut compressed(coding, []));
        assert_eq!(decoded(coding, &data), (Vec::new(), true), "{coding}");
    }
}

#[test]
fn a_body_may_stay_as_it_is() {
    let rest = Body::new(Script::new([Say::Data("two"), Say::Trailers]));
    let mut body = CompressedBody::plain(Bytes::from_static(b"one, "), rest);
    assert!(!body.is_end_stream());
    let mut data = Vec::new();
    while let Poll::Ready(Some(Ok(frame))) = next(&mut body) {
        data.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()));
    }
    assert_eq!(data, b"one, two");
}
