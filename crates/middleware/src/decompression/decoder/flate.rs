//! gzip and zlib by flate2 on zlib-rs, which checks the sums and lengths at the end.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Invalid, Progress};

/// The window of RFC 1951, in bits.
const WINDOW: u8 = 15;

pub(in super::super) struct Flate {
    stream: Decompress,
    is_gzip: bool,
    /// A member has ended and no other has begun.
    is_over: bool,
}

impl Flate {
    pub(super) fn gzip() -> Self {
        Self { stream: Decompress::new_gzip(WINDOW), is_gzip: true, is_over: false }
    }

    pub(super) fn zlib() -> Self {
        Self { stream: Decompress::new(true), is_gzip: false, is_over: false }
    }

    pub(super) const fn takes_more(&self) -> bool {
        self.is_gzip
    }

    pub(super) fn run(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Progress, Invalid> {
        if self.is_over {
            if input.is_empty() {
                return Ok(Progress { read: 0, is_over: true });
            }
            // The next member; a reset would forget that it is gzip.
            *self = Self::gzip();
        }
        let before = self.stream.total_in();
        let status = self.stream.decompress_vec(input, output, FlushDecompress::None).map_err(|_| Invalid)?;
        self.is_over = status == Status::StreamEnd;
        let read = usize::try_from(self.stream.total_in() - before).map_err(|_| Invalid)?;
        Ok(Progress { read, is_over: self.is_over })
    }
}
