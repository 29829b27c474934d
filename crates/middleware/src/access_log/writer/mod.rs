//! [`Writer`]: lines go into a buffer, and a thread writes them out.

mod queue;
mod sink;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use self::queue::{Queue, Taken};
pub(super) use self::sink::Sink;

/// How long a flush waits for a slow output.
const PATIENCE: Duration = Duration::from_secs(2);

/// At most one complaint of lost lines in this time.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Writer {
    queue: Arc<Queue>,
}

impl Writer {
    pub(super) fn start(sink: Sink, room: usize) -> io::Result<Self> {
        let queue = Arc::new(Queue::new(room));
        let thread = Thread { queue: Arc::clone(&queue), sink, told: 0, warned: None };
        thread::Builder::new().name("access-log".into()).spawn(|| thread.run())?;
        Ok(Self { queue })
    }

    /// Adds a line, with its end. Never waits for the output.
    pub(super) fn append(&self, line: &[u8]) {
        self.queue.append(line);
    }

    pub(super) fn flush(&self) -> bool {
        self.queue.flush(Instant::now() + PATIENCE)
    }

    /// Writes to something else from now on.
    pub(super) fn replace(&self, sink: Sink) {
        self.queue.replace(sink);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.queue.dropped()
    }
}

impl Drop for Writer {
    /// A thread whose output blocks for ever is left behind.
    fn drop(&mut self) {
        self.queue.stop(Instant::now() + PATIENCE);
    }
}

/// What the thread has.
struct Thread {
    queue: Arc<Queue>,
    sink: Sink,
    /// Dropped lines that were told of.
    told: u64,
    warned: Option<Instant>,
}

impl Thread {
    fn run(mut self) {
        let mut batch = Vec::new();
        loop {
            match self.queue.take(&mut batch) {
                Taken::Lines => {}
                Taken::LinesFor(sink) => self.sink = sink,
                Taken::End => break,
            }
            let result = self.sink.write(&batch, &|| self.queue.is_out_of_patience());
            self.queue.lost(result.as_ref().map_or_else(|fault| fault.lines, |()| 0));
            self.queue.wrote(batch.len());
            self.tell(result.err().map(|fault| fault.error).as_ref());
        }
        self.warned = None;
        self.tell(None);
        self.queue.ended();
    }

    fn tell(&mut self, error: Option<&io::Error>) {
        let lines = self.queue.dropped() - self.told;
        if lines == 0 || self.warned.is_some_and(|then| then.elapsed() < BETWEEN_WARNINGS) {
            return;
        }
        self.warned = Some(Instant::now());
        self.told += lines;
        match error {
            Some(error) => tracing::warn!(lines, %error, "lines of the access log were dropped"),
            None => tracing::warn!(lines, "lines of the access log were dropped: its output is too slow"),
        }
    }
}

#[cfg(test)]
mod tests;
