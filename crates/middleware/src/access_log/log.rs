//! [`AccessLog`]: the log itself, which layers and the server's owner share.

use std::io;
use std::sync::Arc;

use super::config::{AccessLogConfig, AccessLogOutput};
use super::format::Lines;
use super::record::Record;
use super::scratch::with_scratch;
use super::writer::{Sink, Writer};

/// An access log. Cheap to clone: clones write to the same place.
///
/// When the last one goes, and with it the last layer and service made with it, what is written waits at most two seconds
/// for the output, as it does with [`flush`](Self::flush).
#[derive(Clone, Debug)]
pub struct AccessLog {
    log: Arc<Log>,
}

#[derive(Debug)]
pub(super) struct Log {
    pub(super) format: Lines,
    sample: u32,
    excluded: Vec<Excluded>,
    writer: Writer,
    output: Option<AccessLogOutput>,
}

impl AccessLog {
    /// Opens the output and starts the thread that writes to it.
    ///
    /// # Errors
    ///
    /// The output cannot be opened, or no thread can be started.
    pub fn open(config: &AccessLogConfig) -> io::Result<Self> {
        let sink = Sink::open(&config.output)?;
        Self::new(config, config.wants_colors(), sink, Some(config.output.clone()))
    }

    /// Writes to anything instead, in pieces that end with a line; `output` does not count.
    ///
    /// A write may block, since it happens on the log's own thread. One that fails with
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) is tried again.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub fn to_writer(config: &AccessLogConfig, writer: impl io::Write + Send + 'static) -> io::Result<Self> {
        Self::new(config, config.colors == Some(true), Sink::new(writer), None)
    }

    fn new(
        config: &AccessLogConfig,
        colors: bool,
        sink: Sink,
        output: Option<AccessLogOutput>,
    ) -> io::Result<Self> {
        let format = Lines::new(config, colors).map_err(io::Error::other)?;
        let excluded = config.excluded.iter().map(|path| Excluded::new(path)).collect();
        let writer = Writer::start(sink, config.buffer)?;
        let sample = config.sample.max(1);
        Ok(Self { log: Arc::new(Log { format, sample, excluded, writer, output }) })
    }

    /// Waits until every line so far is written, or dropped since that failed; at most two seconds. Says whether that is so.
    ///
    /// It blocks the thread: call it when the server has stopped, or from a thread of its own.
    #[expect(clippy::must_use_candidate, reason = "few callers can do anything about it")]
    pub fn flush(&self) -> bool {
        self.log.writer.flush()
    }

    /// Opens the file anew, after something has renamed it. Does nothing to other outputs.
    ///
    /// Lines so far go to the old file, as far as they can be written in two seconds.
    ///
    /// # Errors
    ///
    /// The file cannot be opened; then lines go where they went.
    pub fn reopen(&self) -> io::Result<()> {
        if let Some(output @ AccessLogOutput::File(_)) = &self.log.output {
            let sink = Sink::open(output)?;
            self.flush();
            self.log.writer.replace(sink);
        }
        Ok(())
    }

    /// Lines that were dropped so far, because the output was too slow or failed.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.log.writer.dropped()
    }

    /// The log in a box of its own, so that what many threads clone is not counted in one place.
    pub(super) fn attach(&self) -> Attached {
        Attached { log: Arc::new(self.clone()) }
    }
}

/// An [`AccessLog`] with a count of references of its own.
#[derive(Clone, Debug)]
pub(super) struct Attached {
    log: Arc<AccessLog>,
}

impl Attached {
    pub(super) fn log(&self) -> &Log {
        &self.log.log
    }

    pub(super) fn again(&self) -> Self {
        self.log.attach()
    }
}

impl Log {
    pub(super) fn wants(&self, path: &str) -> bool {
        !self.excluded.iter().any(|excluded| excluded.covers(path))
    }

    pub(super) fn write(&self, record: &Record) {
        with_scratch(|scratch| {
            if self.sample == 1 || !record.is_ordinary() || scratch.samples(self.sample) {
                self.format.write(record, scratch);
                self.writer.append(&scratch.line);
            }
        });
    }
}

/// A path that is not logged.
#[derive(Debug)]
struct Excluded {
    path: Box<str>,
    and_below: bool,
}

impl Excluded {
    fn new(pattern: &str) -> Self {
        let (path, and_below) = match pattern.strip_suffix('*') {
            Some(start) => (start, true),
            None => (pattern, false),
        };
        Self { path: path.into(), and_below }
    }

    fn covers(&self, path: &str) -> bool {
        if self.and_below { path.starts_with(&*self.path) } else { path == &*self.path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_paths() {
        let one = Excluded::new("/healthz");
        assert!(one.covers("/healthz") && !one.covers("/healthz/") && !one.covers("/health"));
        let many = Excluded::new("/internal/*");
        assert!(many.covers("/internal/a") && many.covers("/internal/") && !many.covers("/internal"));
    }
}
