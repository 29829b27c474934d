//! What goes in comes out again, however it is cut; what was flushed can be read.

use crate::compression::coding::{default_level, levels};
use std::io::Read as _;

use super::*;

/// Text that is not all the same.
pub(in super::super) fn text(length: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(length + 64);
    let mut seed = 1_u64;
    while text.len() < length {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.extend_from_slice(
            format!("{{\"id\":{},\"name\":\"user {}\"}},", seed >> 44, seed >> 60).as_bytes(),
        );
    }
    text.truncate(length);
    text
}

/// What a client makes of it: all that can be read, and whether that was the end.
pub(in super::super) fn decoded(coding: Coding, encoded: &[u8]) -> (Vec<u8>, bool) {
    let mut read = Vec::new();
    let ended = match coding {
        Coding::Gzip => flate2::read::GzDecoder::new(encoded).read_to_end(&mut read).is_ok(),
        Coding::Brotli => ::brotli::Decompressor::new(encoded, 4096).read_to_end(&mut read).is_ok(),
        Coding::Zstd => unzstd(encoded, &mut read),
    };
    (read, ended)
}

fn unzstd(encoded: &[u8], read: &mut Vec<u8>) -> bool {
    let mut context = zstd_safe::DCtx::create();
    let mut from = zstd_safe::InBuffer::around(encoded);
    loop {
        read.reserve(64 * 1024);
        let written = read.len();
        let mut to = zstd_safe::OutBuffer::around_pos(read, written);
        let Ok(left) = context.decompress_stream(&mut to, &mut from) else { return false };
        let idle = to.pos() == written;
        if left == 0 || (from.pos() == encoded.len() && idle) {
            return left == 0 && from.pos() == encoded.len();
        }
    }
}

/// Runs a step to its end with outputs of `room` bytes.
fn complete(encoder: &mut Encoder, mut input: &[u8], step: Step, room: usize, encoded: &mut Vec<u8>) {
    for _ in 0..1_000_000 {
        let mut output = Vec::with_capacity(room);
        let progress = encoder.run(input, &mut output, step).unwrap();
        encoded.extend_from_slice(&output);
        input = &input[progress.read..];
        if progress.done {
            return assert!(input.is_empty());
        }
    }
    panic!("no end");
}

#[test]
fn whole_content_comes_back() {
    for coding in Coding::ALL {
        for length in [0, 1, 1000, 5000, 65_536, 300_000] {
            let content = text(length);
            for level in [*levels(coding).start(), default_level(coding), 9.min(*levels(coding).end())] {
                let encoded = whole(coding, level, &content).unwrap();
                assert_eq!(decoded(coding, &encoded), (content.clone(), true), "{coding} {level} {length}");
            }
        }
        let noise: Vec<u8> = text(100_000)
            .iter()
            .scan(7_u32, |state, byte| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(u32::from(*byte) + 1_013_904_223);
                Some((*state >> 24) as u8)
            })
            .collect();
        let encoded = whole(coding, default_level(coding), &noise).unwrap();
        assert_eq!(decoded(coding, &encoded), (noise, true), "{coding}");
    }
}

#[test]
fn content_in_pieces_comes_back_through_any_room() {
    let content = text(70_000);
    for coding in Coding::ALL {
        for room in [64, 1000, 16_384] {
            let mut encoder = Encoder::new(coding, default_level(coding)).unwrap();
            let mut encoded = Vec::new();
            for piece in content.chunks(9973) {
                complete(&mut encoder, piece, Step::Process, room, &mut encoded);
            }
            complete(&mut encoder, &[], Step::Finish, room, &mut encoded);
            assert_eq!(decoded(coding, &encoded), (content.clone(), true), "{coding} {room}");
        }
    }
}

#[test]
fn what_was_flushed_can_be_read_before_the_end() {
    let content = text(3000);
    for coding in Coding::ALL {
        for room in [64, 16_384] {
            let mut encoder = Encoder::new(coding, default_level(coding)).unwrap();
            let mut encoded = Vec::new();
            for (number, piece) in content.chunks(500).enumerate() {
                complete(&mut encoder, piece, Step::Process, room, &mut encoded);
                complete(&mut encoder, &[], Step::Flush, room, &mut encoded);
                let (read, ended) = decoded(coding, &encoded);
                assert_eq!(read, content[..(number + 1) * 500], "{coding} {room}");
                assert!(!ended);
            }
            complete(&mut encoder, &[], Step::Finish, room, &mut encoded);
            assert_eq!(decoded(coding, &encoded), (content.clone(), true), "{coding} {room}");
        }
    }
}

#[test]
fn an_encoder_that_was_left_in_the_middle_begins_anew() {
    let content = text(5000);
    for coding in [Coding::Gzip, Coding::Zstd] {
        let mut encoder = Encoder::new(coding, 3).unwrap();
        complete(&mut encoder, &text(40_000), Step::Process, 64, &mut Vec::new());
        encoder.reset().unwrap();
        let mut encoded = Vec::new();
        complete(&mut encoder, &content, Step::Finish, 100, &mut encoded);
        assert_eq!(decoded(coding, &encoded), (content.clone(), true), "{coding}");
    }
}

#[test]
fn the_window_of_zstd_is_what_browsers_take() {
    let mut encoder = Encoder::new(Coding::Zstd, 9).unwrap();
    let mut encoded = Vec::new();
    for _ in 0..20 {
        complete(&mut encoder, &text(100_000), Step::Process, 16_384, &mut encoded);
    }
    // RFC 8878 §3.1.1.1.2: the window's exponent and mantissa follow the magic number and the descriptor.
    let (descriptor, window) = (encoded[4], encoded[5]);
    assert_eq!(descriptor & 0x20, 0, "not a single segment");
    assert_eq!(10 + (window >> 3), 19);
}
