//! Brotli (RFC 7932) by the brotli crate.

use std::io;

use ::brotli::enc::StandardAlloc;
use ::brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderStateStruct};

use super::{Progress, Step};

/// The window in bits: 128 KiB, with which a stream takes 2 MiB; with the crate's own 22 it takes 24 MiB.
const WINDOW: u32 = 17;

/// The smallest window of the format, in bits (RFC 7932 §9.1).
const SMALLEST_WINDOW: u32 = 10;

pub(super) struct Brotli {
    state: BrotliEncoderStateStruct<StandardAlloc>,
}

impl Brotli {
    /// Content of known length gets a window that fits it.
    pub(super) fn new(level: u8, length: Option<usize>) -> Self {
        let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
        // The format keeps 16 bytes of a window back.
        let fits = |length: usize| (length + 16).next_power_of_two().ilog2().clamp(SMALLEST_WINDOW, WINDOW);
        state.params.quality = i32::from(level);
        state.params.lgwin = length.map_or(WINDOW, fits).cast_signed();
        state.params.size_hint = length.unwrap_or(0);
        Self { state }
    }

    pub(super) fn run(&mut self, input: &[u8], output: &mut Vec<u8>, step: Step) -> io::Result<Progress> {
        let operation = match step {
            Step::Process => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
            Step::Flush => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            Step::Finish => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
        };
        let written = output.len();
        output.resize(output.capacity(), 0);
        let (mut left, mut read) = (input.len(), 0);
        let (mut room, mut end) = (output.len() - written, written);
        let went = self.state.compress_stream(
            operation,
            &mut left,
            input,
            &mut read,
            &mut room,
            output,
            &mut end,
            &mut None,
            &mut |_, _, _, _| (),
        );
        output.truncate(end);
        if !went {
            return Err(io::Error::other("the Brotli encoder failed"));
        }
        let done = match step {
            Step::Process | Step::Flush => read == input.len() && !self.state.has_more_output(),
            Step::Finish => self.state.is_finished(),
        };
        Ok(Progress { read, done })
    }
}
