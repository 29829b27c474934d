//! A worker's line to its supervisor.

use std::future::Future;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

use pyo3::prelude::*;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::line::Told;

/// What a supervisor wants of a worker. Neither counts as a signal: the terminal and the service manager may have sent
/// the worker one of its own at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Drain and end.
    Drain,
    /// Cut what is open and end.
    Cut,
}

/// A worker's end of the socket pair between it and its supervisor.
///
/// What is said before [`attend`](Self::attend) runs waits for it.
#[pyclass(frozen, module = "hyperserve._core")]
#[derive(Debug)]
pub(crate) struct Control {
    index: usize,
    words: UnboundedSender<String>,
    ends: Mutex<Option<(UnixStream, UnboundedReceiver<String>)>>,
}

#[pymethods]
impl Control {
    /// Which worker this is, from 0.
    #[getter]
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Says that the app has started and connections are taken.
    pub(crate) fn ready(&self) {
        self.say("ready\n".to_owned());
    }

    /// Asks to be replaced. The worker goes on serving until it is told to stop.
    pub(crate) fn bye(&self, reason: &str) {
        self.say(format!("bye {}\n", reason.replace(|byte: char| byte.is_control(), " ")));
    }
}

impl Control {
    pub(super) fn new(index: usize, stream: UnixStream) -> Self {
        let (words, waiting) = unbounded_channel();
        Self { index, words, ends: Mutex::new(Some((stream, waiting))) }
    }

    fn say(&self, line: String) {
        // Nobody hears it once the supervisor is gone.
        let _ = self.words.send(line);
    }

    /// Answers the supervisor and passes its orders on, until it is gone, which is an order to drain. Run it on the
    /// worker's own thread: that it answers is what tells the supervisor that the thread is not stuck.
    ///
    /// `metrics` renders the worker's counters, as Prometheus text without the worker's label. A second call does nothing.
    pub(crate) fn attend(
        &self,
        on_order: impl Fn(Order) + Send + Sync + 'static,
        metrics: impl Fn() -> String + Send + Sync + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let ends = self.ends.lock().ok().and_then(|mut ends| ends.take());
        async move {
            let Some((stream, words)) = ends else { return };
            if let Err(error) = converse(stream, words, &on_order, &metrics).await {
                tracing::debug!(%error, "the line to the supervisor broke");
            }
            tracing::warn!("the supervisor is gone; this worker drains and ends");
            on_order(Order::Drain);
        }
    }
}

async fn converse(
    stream: UnixStream,
    mut words: UnboundedReceiver<String>,
    on_order: &(impl Fn(Order) + Sync),
    metrics: &(impl Fn() -> String + Sync),
) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    let (read, mut write) = tokio::net::UnixStream::from_std(stream)?.into_split();
    let mut lines = BufReader::new(read).lines();
    loop {
        let answer = tokio::select! {
            Some(word) = words.recv() => word,
            line = lines.next_line() => match line?.as_deref().map(Told::read) {
                None => return Ok(()),
                Some(told) => answer(told, on_order, metrics),
            },
        };
        write.write_all(answer.as_bytes()).await?;
    }
}

fn answer(told: Option<Told>, on_order: &impl Fn(Order), metrics: &impl Fn() -> String) -> String {
    match told {
        Some(Told::Ping) => return "pong\n".to_owned(),
        Some(Told::Metrics) => {
            let text = metrics();
            return format!("metrics {}\n{text}", text.len());
        }
        Some(Told::Stop) => on_order(Order::Drain),
        Some(Told::Cut) => on_order(Order::Cut),
        // A line of a later version.
        None => {}
    }
    String::new()
}
