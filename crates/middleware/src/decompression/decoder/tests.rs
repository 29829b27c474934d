//! What other encoders made comes out; what they did not make is refused.

use std::io::Write as _;

use super::*;

pub(in super::super) fn encoded(coding: Coding, content: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::new(6);
    match coding {
        Coding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
        Coding::Deflate => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
        Coding::Brotli => brotli(content),
        Coding::Zstd => {
            let mut encoded = Vec::with_capacity(zstd_safe::compress_bound(content.len()));
            zstd_safe::compress(&mut encoded, content, 3).unwrap();
            encoded
        }
    }
}

#[cfg(feature = "compression")]
fn brotli(content: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    let mut encoder = ::brotli::CompressorWriter::new(&mut encoded, 4096, 4, 22);
    encoder.write_all(content).unwrap();
    drop(encoder);
    encoded
}

/// There is no encoder without the other feature: one content is enough to see that the decoder is there.
#[cfg(not(feature = "compression"))]
fn brotli(content: &[u8]) -> Vec<u8> {
    assert_eq!(content, b"hello");
    // Literals alone.
    [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03].to_vec()
}

/// The codings that content of any length can be given.
pub(in super::super) fn codings() -> Vec<Coding> {
    let has_encoder = |coding: &Coding| cfg!(feature = "compression") || *coding != Coding::Brotli;
    Coding::ALL.into_iter().filter(has_encoder).collect()
}

/// Everything that comes out, in steps of so many bytes in and so many out.
fn decode(coding: Coding, mut input: &[u8], piece: usize, room: usize) -> Result<(Vec<u8>, bool), Invalid> {
    let mut decoder = Decoder::new(coding).unwrap();
    let mut content = Vec::new();
    loop {
        let mut output = Vec::with_capacity(room);
        let progress = decoder.run(&input[..input.len().min(piece)], &mut output)?;
        input = &input[progress.read..];
        content.extend_from_slice(&output);
        let may_hold_more = output.len() == output.capacity() && !progress.is_over;
        if (input.is_empty() && !may_hold_more) || (progress.read == 0 && output.is_empty()) {
            return Ok((content, progress.is_over && input.is_empty()));
        }
    }
}

fn numbers(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(|number| number.to_string().into_bytes()).take(length).collect()
}

#[test]
fn hello() {
    for coding in Coding::ALL {
        assert_eq!(
            decode(coding, &encoded(coding, b"hello"), 1, 1024),
            Ok((b"hello".to_vec(), true)),
            "{coding}"
        );
    }
}

#[test]
fn content_comes_out_however_it_is_cut() {
    for coding in codings() {
        for length in [0, 1, 5000, 200_000] {
            let content = numbers(length);
            let data = encoded(coding, &content);
            for (piece, room) in [(usize::MAX, 32_768), (1, 1024), (1000, 64), (7, 7)] {
                let decoded = decode(coding, &data, piece, room);
                assert_eq!(decoded, Ok((content.clone(), true)), "{coding} {length} {piece} {room}");
            }
        }
    }
}

#[test]
fn data_that_is_cut_is_not_over() {
    for coding in codings() {
        let data = encoded(coding, &numbers(1000));
        for cut in [1, 2, 5, data.len() / 2, data.len() - 1] {
            let decoded = decode(coding, &data[..cut], 100, 1024);
            assert!(matches!(decoded, Ok((_, false))), "{coding} {cut}: {decoded:?}");
        }
    }
}

#[test]
fn members_and_frames_are_joined() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let mut data = encoded(coding, b"one, ");
        data.extend(encoded(coding, b""));
        data.extend(encoded(coding, b"two"));
        for piece in [usize::MAX, 1] {
            assert_eq!(decode(coding, &data, piece, 1024), Ok((b"one, two".to_vec(), true)), "{coding}");
        }
    }
}

#[test]
fn what_is_not_of_the_coding_is_invalid() {
    for coding in Coding::ALL {
        for data in
            [&b"\xff\xff\xff\xff\xff\xff\xff\xff"[..], b"PK\x03\x04 is a zip", b"hello, this is plain text"]
        {
            assert!(!matches!(decode(coding, data, 100, 1024), Ok((_, true))), "{coding} {data:?}");
        }
    }
}

#[test]
fn a_damaged_sum_is_found() {
    for coding in [Coding::Gzip, Coding::Deflate] {
        let mut data = encoded(coding, &numbers(1000));
        let sum = if coding == Coding::Gzip { data.len() - 8 } else { data.len() - 1 };
        data[sum] ^= 1;
        assert_eq!(decode(coding, &data, 100, 4096), Err(Invalid), "{coding}");
    }
}

#[test]
fn zstd_windows_above_8_mib_are_invalid() {
    // A frame header with a window descriptor (RFC 8878 §3.1.1.1.2), and an empty last block.
    let frame = |exponent: u8| [0x28, 0xb5, 0x2f, 0xfd, 0x00, (exponent - 10) << 3, 0x01, 0x00, 0x00];
    assert_eq!(decode(Coding::Zstd, &frame(10), 100, 1024), Ok((Vec::new(), true)));
    assert_eq!(decode(Coding::Zstd, &frame(23), 100, 1024), Ok((Vec::new(), true)));
    for exponent in [24, 27, 31, 41] {
        assert_eq!(decode(Coding::Zstd, &frame(exponent), 100, 1024), Err(Invalid), "{exponent}");
    }
}

#[test]
fn skippable_frames_are_skipped() {
    let mut data = vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    data.extend(encoded(Coding::Zstd, b"hello"));
    assert_eq!(decode(Coding::Zstd, &data, 4, 1024), Ok((b"hello".to_vec(), true)));
}

#[test]
fn a_preset_dictionary_is_invalid() {
    // FDICT is set (RFC 1950 §2.2).
    let data = [0x78, 0xbb, 0x00, 0x00, 0x00, 0x01, 0x4b, 0x04, 0x00];
    assert_eq!(decode(Coding::Deflate, &data, 100, 1024), Err(Invalid));
}
