//! [`Sink`]: where batches of lines go, whatever state it is in.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;
use std::{fmt, thread};

use super::super::config::AccessLogOutput;

/// Bytes that a pipe takes whole, whoever else writes to it: `PIPE_BUF` (POSIX `write`), of which Linux has eight times the
/// least.
const ATOMIC: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

const SHORTEST_NAP: Duration = Duration::from_millis(1);
const LONGEST_NAP: Duration = Duration::from_millis(50);

pub(in crate::access_log) struct Sink {
    to: Box<dyn Write + Send>,
    /// Bytes of whole lines that are written at once.
    piece: usize,
    /// The last thing written was not the end of a line.
    torn: bool,
}

/// What went wrong, and the lines that were lost by it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: io::Error,
    pub(super) lines: u64,
}

impl Sink {
    pub(in crate::access_log) fn open(output: &AccessLogOutput) -> io::Result<Self> {
        let file = match output {
            AccessLogOutput::Stdout => own(io::stdout())?,
            AccessLogOutput::Stderr => own(io::stderr())?,
            AccessLogOutput::File(path) => {
                OpenOptions::new().append(true).create(true).mode(0o640).open(path)?
            }
        };
        // Workers share a pipe, in which larger pieces of theirs would get mixed.
        let piece = if file.metadata()?.is_file() { usize::MAX } else { ATOMIC };
        Ok(Self { piece, ..Self::new(file) })
    }

    pub(in crate::access_log) fn new(to: impl Write + Send + 'static) -> Self {
        Self { to: Box::new(to), piece: usize::MAX, torn: false }
    }

    #[cfg(test)]
    pub(super) fn narrow(&mut self, piece: usize) {
        self.piece = piece;
    }

    /// Writes lines. Waits for as long as the output wants, unless `gives_up` says so.
    pub(super) fn write(&mut self, mut lines: &[u8], gives_up: &dyn Fn() -> bool) -> Result<(), Fault> {
        if self.torn && !lines.is_empty() {
            self.write_piece(&mut &b"\n"[..], gives_up).map_err(|error| Fault::of(error, lines))?;
        }
        while !lines.is_empty() {
            let (mut piece, rest) = lines.split_at(piece_length(lines, self.piece));
            if let Err(error) = self.write_piece(&mut piece, gives_up) {
                let lost = lines.len() - rest.len() - piece.len();
                return Err(Fault::of(error, &lines[lost..]));
            }
            lines = rest;
        }
        self.to.flush().map_err(|error| Fault { error, lines: 0 })
    }

    /// Leaves in `piece` what was not written.
    fn write_piece(&mut self, piece: &mut &[u8], gives_up: &dyn Fn() -> bool) -> io::Result<()> {
        let mut nap = SHORTEST_NAP;
        while let Some(&last) = piece.last() {
            match self.to.write(piece) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) => {
                    *piece = &piece[length..];
                    self.torn = !piece.is_empty() || last != b'\n';
                    nap = SHORTEST_NAP;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && !gives_up() => {
                    thread::sleep(nap);
                    nap = LONGEST_NAP.min(nap * 2);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Fault {
    fn of(error: io::Error, unwritten: &[u8]) -> Self {
        Self { error, lines: unwritten.iter().filter(|&&byte| byte == b'\n').count() as u64 }
    }
}

/// As many whole lines as fit, at least one.
fn piece_length(lines: &[u8], most: usize) -> usize {
    if lines.len() <= most {
        return lines.len();
    }
    let end = |bytes: &[u8]| bytes.iter().rposition(|&byte| byte == b'\n');
    let first = || lines.iter().position(|&byte| byte == b'\n');
    end(&lines[..most]).or_else(first).map_or(lines.len(), |index| index + 1)
}

/// A standard stream as a file, past the standard library's own buffer.
fn own(stream: impl AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("piece", &self.piece).field("torn", &self.torn).finish_non_exhaustive()
    }
}
