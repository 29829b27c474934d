//! zstd by zstd-safe.

use std::io;

use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, get_error_name};

use super::{Invalid, Progress};

/// The largest window in bits: 8 MiB (RFC 9659 §3).
const WINDOW: u32 = 23;

pub(in super::super) struct Zstd {
    context: DCtx<'static>,
    is_over: bool,
}

impl Zstd {
    pub(super) fn new() -> io::Result<Self> {
        let mut context = DCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
        let fault = |code| io::Error::other(get_error_name(code));
        context.set_parameter(DParameter::WindowLogMax(WINDOW)).map_err(fault)?;
        Ok(Self { context, is_over: false })
    }

    pub(super) fn run(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Progress, Invalid> {
        if self.is_over && input.is_empty() {
            return Ok(Progress { read: 0, is_over: true });
        }
        let mut from = InBuffer::around(input);
        let written = output.len();
        let mut to = OutBuffer::around_pos(output, written);
        let left = self.context.decompress_stream(&mut to, &mut from).map_err(|_| Invalid)?;
        // Frames that follow begin by themselves.
        self.is_over = left == 0;
        Ok(Progress { read: from.pos(), is_over: self.is_over })
    }
}
