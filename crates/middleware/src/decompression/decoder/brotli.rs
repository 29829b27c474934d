//! Brotli by the brotli-decompressor crate.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::{Invalid, Progress};

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

pub(in super::super) struct Brotli {
    state: State,
}

impl Brotli {
    /// Windows of up to 16 MiB, as RFC 7932 §9.1 demands; only what is written to takes memory.
    pub(super) fn new() -> Self {
        let alloc = StandardAlloc::default;
        Self { state: BrotliState::new(alloc(), alloc(), alloc()) }
    }

    pub(super) fn run(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Progress, Invalid> {
        let written = output.len();
        output.resize(output.capacity(), 0);
        let (mut left, mut read) = (input.len(), 0);
        let (mut room, mut end) = (output.len() - written, written);
        let result = BrotliDecompressStream(
            &mut left,
            &mut read,
            input,
            &mut room,
            &mut end,
            output,
            &mut 0,
            &mut self.state,
        );
        output.truncate(end);
        match result {
            BrotliResult::ResultSuccess => Ok(Progress { read, is_over: true }),
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {
                Ok(Progress { read, is_over: false })
            }
            BrotliResult::ResultFailure => Err(Invalid),
        }
    }
}
