//! What a worker and its supervisor say to each other, a line each, over a socket pair.
//!
//! | from | line | meaning |
//! |---|---|---|
//! | worker | `ready` | the app has started and connections are taken |
//! | worker | `pong` | answers `ping` |
//! | worker | `metrics LENGTH`, then so many bytes | answers `metrics`: Prometheus text |
//! | worker | `bye REASON` | asks to be replaced; it serves until it is told to stop |
//! | supervisor | `ping` | wants a `pong` |
//! | supervisor | `metrics` | wants the counters |
//! | supervisor | `stop` | drain and end |
//! | supervisor | `cut` | end now |
//!
//! The end of the stream is the end of the other side: a worker that reads it drains and ends.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// The longest answer to `metrics` that is read.
const LONGEST: u64 = 16 * 1024 * 1024;

/// A line of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Ready,
    Pong,
    Bye(String),
    Metrics(String),
}

impl Said {
    /// The next line, and what belongs to it; `None` at the end. Lines of a later version are passed over.
    pub(super) async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let mut line = String::new();
        loop {
            line.clear();
            if from.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            let (word, rest) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
            return Ok(Some(match word {
                "ready" => Self::Ready,
                "pong" => Self::Pong,
                "bye" => Self::Bye(rest.to_owned()),
                "metrics" => Self::Metrics(text(from, rest).await?),
                _ => continue,
            }));
        }
    }
}

async fn text(from: &mut (impl AsyncBufRead + Unpin), length: &str) -> io::Result<String> {
    let length = length.parse().ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "metrics of no length"))?;
    let mut text = String::new();
    from.take(length).read_to_string(&mut text).await?;
    Ok(text)
}

/// A line of the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Ping,
    Metrics,
    Stop,
    Cut,
}

impl Told {
    pub(super) fn line(self) -> &'static [u8] {
        match self {
            Self::Ping => b"ping\n",
            Self::Metrics => b"metrics\n",
            Self::Stop => b"stop\n",
            Self::Cut => b"cut\n",
        }
    }

    pub(super) fn read(line: &str) -> Option<Self> {
        let all = [Self::Ping, Self::Metrics, Self::Stop, Self::Cut];
        all.into_iter().find(|told| told.line().strip_suffix(b"\n") == Some(line.as_bytes()))
    }
}
