//! Undoes the content codings of an answer (RFC 9110 §8.4), as a client would.

use std::io::Read as _;

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::{Fault, Response};

/// More content than this is taken for one that never ends.
const MOST: u64 = 64 * 1024 * 1024;

/// The content of `answer` without its codings.
///
/// # Errors
/// A coding that is not known, or content that is not of it.
pub(crate) fn undone(answer: &Response) -> Result<Vec<u8>, Fault> {
    let codings = answer.field("content-encoding").unwrap_or_default();
    let names: Vec<_> = codings.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    names.iter().rev().try_fold(answer.body.clone(), |content, name| undo(name, &content))
}

fn undo(name: &str, content: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut plain = Vec::new();
    let read = match name {
        "gzip" => MultiGzDecoder::new(content).take(MOST).read_to_end(&mut plain),
        "deflate" => ZlibDecoder::new(content).take(MOST).read_to_end(&mut plain),
        "br" => brotli_decompressor::Decompressor::new(content, 4096).take(MOST).read_to_end(&mut plain),
        "zstd" => return zstd(content),
        _ => return Err(Fault::new(format!("the coding {name} is not known"))),
    };
    read.map(|_| plain).map_err(|error| Fault::new(format!("content that is not {name}: {error}")))
}

fn zstd(content: &[u8]) -> Result<Vec<u8>, Fault> {
    let told = |code| Fault::new(format!("content that is not zstd: {}", zstd_safe::get_error_name(code)));
    let mut context = zstd_safe::DCtx::try_create().ok_or_else(|| Fault::new("no memory for zstd"))?;
    let mut input = zstd_safe::InBuffer::around(content);
    let mut plain = Vec::new();
    loop {
        let mut piece = vec![0; 64 * 1024];
        let mut output = zstd_safe::OutBuffer::around(&mut piece[..]);
        let left = context.decompress_stream(&mut output, &mut input).map_err(told)?;
        let written = output.pos();
        plain.extend_from_slice(&piece[..written]);
        match (left, written) {
            (0, _) if input.pos() == content.len() => return Ok(plain),
            (_, 0) if input.pos() == content.len() => {
                return Err(Fault::new("content that is not zstd: it breaks off"));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_coding_is_undone_and_what_is_broken_told() {
        let gzip = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0";
        let zstd = b"\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello";
        assert_eq!(undo("gzip", gzip).unwrap(), b"hello");
        assert_eq!(undo("zstd", zstd).unwrap(), b"hello");
        assert_eq!(undo("br", b"\x0b\x02\x80hello\x03").unwrap(), b"hello");
        for (name, content) in [("gzip", &gzip[..20]), ("zstd", &zstd[..8]), ("br", b"\x0b\x02"), ("x", b"")]
        {
            assert!(undo(name, content).is_err(), "{name}");
        }
    }
}
