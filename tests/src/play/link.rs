//! The client's connection: writes and reads at the same time, and remembers every byte and when it came.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::{Instant, sleep_until, timeout_at},
};

use crate::Fault;

/// A write the server does not take within this time is given up; the case's judgement then tells why.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// How the connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The server closed it in good order.
    Closed,
    /// The server reset it.
    Reset,
}

/// A connection and all that went over it.
pub(super) struct Link {
    reader: OwnedReadHalf,
    writer: Option<OwnedWriteHalf>,
    buffer: Box<[u8]>,
    arrivals: Vec<(usize, Instant)>,
    pub(super) opened: Instant,
    pub(super) sent: Vec<u8>,
    pub(super) got: Vec<u8>,
    pub(super) end: Option<(End, Instant)>,
}

impl Link {
    pub(super) async fn open(address: SocketAddr) -> Result<Self, Fault> {
        let refused = |error| Fault::new(format!("no connection to {address}: {error}"));
        let stream = TcpStream::connect(address).await.map_err(refused)?;
        stream.set_nodelay(true).map_err(refused)?;
        let (reader, writer) = stream.into_split();
        Ok(Self {
            reader,
            writer: Some(writer),
            buffer: vec![0; 256 * 1024].into_boxed_slice(),
            arrivals: Vec::new(),
            opened: Instant::now(),
            sent: Vec::new(),
            got: Vec::new(),
            end: None,
        })
    }

    /// Writes `bytes`, and unless `deaf` reads meanwhile. A server that no longer takes them is no fault here.
    pub(super) async fn write(&mut self, bytes: &[u8], deaf: bool) {
        self.sent.extend_from_slice(bytes);
        let Some(mut writer) = self.writer.take() else { return };
        let deadline = Instant::now() + WRITE_PATIENCE;
        let written = {
            let mut writing = std::pin::pin!(timeout_at(deadline, writer.write_all(bytes)));
            loop {
                tokio::select! {
                    biased;
                    done = &mut writing => break matches!(done, Ok(Ok(()))),
                    more = self.reader.read(&mut self.buffer), if !deaf && self.end.is_none() => {
                        note(&more, &self.buffer, &mut self.got, &mut self.arrivals, &mut self.end);
                    }
                }
            }
        };
        if written || self.end.is_none() {
            self.writer = Some(writer);
        }
    }

    /// Lets time pass, reading unless `deaf`.
    pub(super) async fn wait(&mut self, until: Instant, deaf: bool) {
        if deaf {
            return sleep_until(until).await;
        }
        while self.read(until).await {}
        sleep_until(until).await;
    }

    /// Waits for bytes or the end; `false` when neither came by `until` or the end was known already.
    pub(super) async fn read(&mut self, until: Instant) -> bool {
        if self.end.is_some() {
            return false;
        }
        let Ok(more) = timeout_at(until, self.reader.read(&mut self.buffer)).await else { return false };
        note(&more, &self.buffer, &mut self.got, &mut self.arrivals, &mut self.end);
        true
    }

    /// Closes the sending side.
    pub(super) fn half_close(&mut self) {
        // Dropping the owned half shuts the write side down.
        self.writer = None;
    }

    /// When the byte before `offset` came, counted from the opening.
    pub(super) fn arrival(&self, offset: usize) -> Duration {
        let at =
            self.arrivals.iter().find(|(length, _)| *length >= offset).map_or(self.opened, |(_, at)| *at);
        at - self.opened
    }

    pub(super) fn end_in_words(&self) -> String {
        match self.end {
            Some((End::Closed, at)) => format!("closed after {} ms", (at - self.opened).as_millis()),
            Some((End::Reset, at)) => format!("reset after {} ms", (at - self.opened).as_millis()),
            None => format!("open after {} ms", self.opened.elapsed().as_millis()),
        }
    }
}

fn note(
    more: &io::Result<usize>,
    buffer: &[u8],
    got: &mut Vec<u8>,
    arrivals: &mut Vec<(usize, Instant)>,
    end: &mut Option<(End, Instant)>,
) {
    let now = Instant::now();
    match more {
        Ok(0) => *end = Some((End::Closed, now)),
        Ok(count) => {
            got.extend_from_slice(&buffer[..*count]);
            arrivals.push((got.len(), now));
        }
        Err(_) => *end = Some((End::Reset, now)),
    }
}
