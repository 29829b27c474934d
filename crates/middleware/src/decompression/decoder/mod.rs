//! The decoders behind one interface.

mod brotli;
mod flate;
mod zstd;

use std::io;

use self::brotli::Brotli;
use self::flate::Flate;
use self::zstd::Zstd;
use super::Coding;

/// How far a decoder came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Bytes taken of the input.
    pub(super) read: usize,
    /// The content may end here: nothing that was begun is unfinished.
    pub(super) is_over: bool,
}

/// The data is not of the coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Invalid;

pub(super) enum Decoder {
    Flate(Flate),
    Brotli(Box<Brotli>),
    Zstd(Zstd),
}

impl Decoder {
    pub(super) fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Gzip => Self::Flate(Flate::gzip()),
            Coding::Deflate => Self::Flate(Flate::zlib()),
            Coding::Brotli => Self::Brotli(Box::new(Brotli::new())),
            Coding::Zstd => Self::Zstd(Zstd::new()?),
        })
    }

    /// Whether another content may follow and belongs to the same (RFC 1952 §2.2, RFC 8878 §3.1).
    pub(super) const fn takes_more(&self) -> bool {
        match self {
            Self::Flate(flate) => flate.takes_more(),
            Self::Brotli(_) => false,
            Self::Zstd(_) => true,
        }
    }

    /// Takes from `input`, and writes into the spare capacity of `output`.
    pub(super) fn run(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Progress, Invalid> {
        match self {
            Self::Flate(flate) => flate.run(input, output),
            Self::Brotli(brotli) => brotli.run(input, output),
            Self::Zstd(zstd) => zstd.run(input, output),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
