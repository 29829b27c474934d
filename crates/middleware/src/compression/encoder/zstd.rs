//! zstd (RFC 8878) by zstd-safe.

use std::io;

use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, ResetDirective, get_error_name};

use super::{Progress, Step};

/// The window in bits: 512 KiB, with which a stream takes 2 MiB at level 3. Browsers take up to 23 (RFC 9659 §3).
const WINDOW: u32 = 19;

pub(super) struct Zstd {
    context: CCtx<'static>,
    /// Nothing of a frame has been written or read.
    is_fresh: bool,
}

impl Zstd {
    pub(super) fn new(level: u8) -> io::Result<Self> {
        let mut context = CCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
        context.set_parameter(CParameter::CompressionLevel(i32::from(level))).map_err(fault)?;
        context.set_parameter(CParameter::WindowLog(WINDOW)).map_err(fault)?;
        Ok(Self { context, is_fresh: true })
    }

    pub(super) fn reset(&mut self) -> io::Result<()> {
        self.is_fresh = true;
        self.context.reset(ResetDirective::SessionOnly).map(drop).map_err(fault)
    }

    pub(super) fn run(&mut self, input: &[u8], output: &mut Vec<u8>, step: Step) -> io::Result<Progress> {
        let directive = match step {
            Step::Process => ZSTD_EndDirective::ZSTD_e_continue,
            Step::Flush => ZSTD_EndDirective::ZSTD_e_flush,
            Step::Finish => ZSTD_EndDirective::ZSTD_e_end,
        };
        if self.is_fresh && step == Step::Finish {
            // The whole content is here: its length goes into the frame, and small content gets small tables.
            self.context.set_pledged_src_size(Some(input.len() as u64)).map_err(fault)?;
        }
        self.is_fresh = false;
        let mut from = InBuffer::around(input);
        let written = output.len();
        let mut to = OutBuffer::around_pos(output, written);
        let left = self.context.compress_stream2(&mut to, &mut from, directive).map_err(fault)?;
        let read = from.pos();
        let done = read == input.len() && (step == Step::Process || left == 0);
        Ok(Progress { read, done })
    }
}

fn fault(code: usize) -> io::Error {
    io::Error::other(get_error_name(code))
}
