//! gzip (RFC 1952) by flate2 on zlib-rs.

use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};

use super::{Progress, Step};

/// The window of RFC 1951, in bits: 32 KiB.
const WINDOW: u8 = 15;

pub(super) struct Gzip {
    stream: Compress,
}

impl Gzip {
    pub(super) fn new(level: u8) -> Self {
        Self { stream: Compress::new_gzip(Compression::new(u32::from(level)), WINDOW) }
    }

    pub(super) fn reset(&mut self) {
        self.stream.reset();
    }

    pub(super) fn run(&mut self, input: &[u8], output: &mut Vec<u8>, step: Step) -> io::Result<Progress> {
        let flush = match step {
            Step::Process => FlushCompress::None,
            Step::Flush => FlushCompress::Sync,
            Step::Finish => FlushCompress::Finish,
        };
        let before = self.stream.total_in();
        let status = self.stream.compress_vec(input, output, flush)?;
        let read = usize::try_from(self.stream.total_in() - before).unwrap_or(input.len());
        let done = match step {
            Step::Process => read == input.len(),
            // A flush is over when it leaves room; asked again after that, it finds nothing to do.
            Step::Flush => {
                read == input.len() && (output.len() < output.capacity() || status == Status::BufError)
            }
            Step::Finish => status == Status::StreamEnd,
        };
        Ok(Progress { read, done })
    }
}
