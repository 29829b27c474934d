//! The encoders behind one interface: bytes in, bytes out, flush, finish.

mod brotli;
mod gzip;
mod zstd;

use std::io;

use self::brotli::Brotli;
use self::gzip::Gzip;
use self::zstd::Zstd;
use super::{Coding, pool};

/// What is asked of an encoder beside taking its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: it may keep what it likes.
    Process,
    /// To give all it has, so that the client can read it.
    Flush,
    /// To end the content.
    Finish,
}

/// How far it came with what was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// Bytes taken of the input.
    pub(super) read: usize,
    /// Done; otherwise it is to be asked again, with the rest of the input and more room.
    pub(super) done: bool,
}

pub(super) struct Encoder {
    level: u8,
    kind: Kind,
}

enum Kind {
    Gzip(Gzip),
    Brotli(Box<Brotli>),
    Zstd(Zstd),
}

impl Encoder {
    pub(super) fn new(coding: Coding, level: u8) -> io::Result<Self> {
        let kind = match coding {
            Coding::Gzip => Kind::Gzip(Gzip::new(level)),
            Coding::Brotli => Kind::Brotli(Box::new(Brotli::new(level, None))),
            Coding::Zstd => Kind::Zstd(Zstd::new(level)?),
        };
        Ok(Self { level, kind })
    }

    pub(super) const fn is(&self, coding: Coding, level: u8) -> bool {
        self.level == level
            && matches!(
                (&self.kind, coding),
                (Kind::Gzip(_), Coding::Gzip)
                    | (Kind::Brotli(_), Coding::Brotli)
                    | (Kind::Zstd(_), Coding::Zstd)
            )
    }

    /// Brotli's encoder cannot be begun anew.
    pub(super) const fn is_worth_keeping(&self) -> bool {
        !matches!(self.kind, Kind::Brotli(_))
    }

    pub(super) fn reset(&mut self) -> io::Result<()> {
        match &mut self.kind {
            Kind::Gzip(gzip) => {
                gzip.reset();
                Ok(())
            }
            Kind::Brotli(_) => Err(io::ErrorKind::Unsupported.into()),
            Kind::Zstd(zstd) => zstd.reset(),
        }
    }

    /// Takes from `input`, and writes into the spare capacity of `output`.
    pub(super) fn run(&mut self, input: &[u8], output: &mut Vec<u8>, step: Step) -> io::Result<Progress> {
        match &mut self.kind {
            Kind::Gzip(gzip) => gzip.run(input, output, step),
            Kind::Brotli(brotli) => brotli.run(input, output, step),
            Kind::Zstd(zstd) => zstd.run(input, output, step),
        }
    }
}

/// Compresses content that is all there.
pub(super) fn whole(coding: Coding, level: u8, content: &[u8]) -> io::Result<Vec<u8>> {
    // A third is what most text comes to; the rest is there for what does not shrink.
    let mut output = Vec::with_capacity(content.len() / 3 + 512);
    if coding == Coding::Brotli {
        let mut brotli = Brotli::new(level, Some(content.len()));
        finish(content, &mut output, |rest, output| brotli.run(rest, output, Step::Finish))?;
        return Ok(output);
    }
    let mut lent = pool::lend(coding, level)?;
    let encoder = lent.get().ok_or(io::ErrorKind::NotFound)?;
    finish(content, &mut output, |rest, output| encoder.run(rest, output, Step::Finish))?;
    Ok(output)
}

fn finish(
    mut content: &[u8],
    output: &mut Vec<u8>,
    mut run: impl FnMut(&[u8], &mut Vec<u8>) -> io::Result<Progress>,
) -> io::Result<()> {
    loop {
        let progress = run(content, output)?;
        if progress.done {
            return Ok(());
        }
        content = &content[progress.read..];
        output.reserve(content.len() / 2 + 512);
    }
}

#[cfg(test)]
pub(super) mod tests;
