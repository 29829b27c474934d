//! Load of echoed messages: each of `--connections` sends `--depth` messages in one write, and the next ones when all
//! have come back, for `--seconds`. One thread, an epoll, frames made beforehand, every byte of the answers compared.
//!
//! `--size` bytes of `--payload` random (binary) or json (text); `--deflate` off, fresh or takeover. Prints one line of
//! JSON: `messages` that came back, `seconds`, `p50_us` and `p99_us` from a write to the answer, and `sent_bytes` and
//! `received_bytes` on the wire, frame heads included. Ends with an error at the first wrong byte.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hyperserve_benches::websocket::{Check, Deflate, Payload, Script, Target, open_all};
use hyperserve_benches::{Flags, Latencies};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use tokio::runtime;

const FLAGS: [&str; 8] = ["connect", "connections", "deflate", "depth", "path", "payload", "seconds", "size"];
/// How long answers that are still out may take once the time is over.
const PATIENCE: Duration = Duration::from_secs(5);
const READ_BUFFER: usize = 256 << 10;

fn main() -> ExitCode {
    match Plan::from_env().and_then(|plan| run(&plan).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "ws-echo: {message}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug)]
struct Plan {
    target: Target,
    connections: usize,
    depth: usize,
    payload: Payload,
    size: usize,
    seconds: f64,
}

impl Plan {
    fn from_env() -> Result<Self, String> {
        let flags = Flags::from_env(&FLAGS)?;
        let target = Target {
            server: flags.get("connect", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            path: flags.get("path", "/echo".to_owned())?,
            deflate: flags.get("deflate", Deflate::Off)?,
            sources: 1,
        };
        Ok(Self {
            target,
            connections: flags.get("connections", 64)?,
            depth: flags.get("depth", 1)?.max(1),
            payload: flags.get("payload", Payload::Random)?,
            size: flags.get("size", 16)?,
            seconds: flags.get("seconds", 2.0)?,
        })
    }
}

fn run(plan: &Plan) -> io::Result<()> {
    let script = Script::new(plan.payload, plan.size, plan.depth, plan.target.deflate)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let streams = runtime.block_on(open_all(&plan.target, plan.connections))?;
    let mut lanes = Vec::with_capacity(streams.len());
    for (number, stream) in streams.into_iter().enumerate() {
        lanes.push(Lane::new(plan, &script, number, TcpStream::from_std(stream.into_std()?)));
    }
    let start = Instant::now();
    let mut totals = Totals::default();
    drive(&mut lanes, &mut totals, &script, start + Duration::from_secs_f64(plan.seconds))?;
    report(&totals, start.elapsed())
}

/// One connection.
struct Lane {
    stream: TcpStream,
    check: Check,
    depth: usize,
    /// The first message of the batch that is out.
    message: usize,
    /// Bytes of the batch that were written.
    written: usize,
    /// Answers that have not come yet.
    out: usize,
    since: Instant,
}

#[derive(Default)]
struct Totals {
    latencies: Latencies,
    sent: u64,
    received: u64,
}

impl Lane {
    fn new(plan: &Plan, script: &Script, number: usize, stream: TcpStream) -> Self {
        let message = script.beginning(number);
        let check = Check::new(script, plan.target.deflate, message);
        let depth = plan.depth;
        Self { stream, check, depth, message, written: 0, out: depth, since: Instant::now() }
    }

    /// Writes what the socket takes of the batch.
    fn write(&mut self, script: &Script) -> io::Result<()> {
        let batch = script.batch(self.message);
        while self.written < batch.len() {
            match self.stream.write(&batch[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads until the socket is empty. A read that does not fill the buffer says so too: whatever comes later is an
    /// event of its own (epoll(7), edge-triggered).
    fn read(
        &mut self,
        script: &Script,
        buffer: &mut [u8],
        totals: &mut Totals,
        end: Instant,
    ) -> io::Result<()> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed a socket"));
                }
                Ok(count) => {
                    self.take(script, &buffer[..count], totals, end)?;
                    if count < buffer.len() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn take(&mut self, script: &Script, bytes: &[u8], totals: &mut Totals, end: Instant) -> io::Result<()> {
        let answers = self.check.take(script, bytes)?;
        totals.received += bytes.len() as u64;
        if answers == 0 {
            return Ok(());
        }
        let now = Instant::now();
        totals.latencies.add(now - self.since, answers as u64);
        self.out =
            self.out.checked_sub(answers).ok_or_else(|| io::Error::other("more answers than messages"))?;
        if self.out > 0 {
            return Ok(());
        }
        totals.sent += self.written as u64;
        self.message += self.depth;
        if now >= end { Ok(()) } else { self.begin(script, now) }
    }

    fn begin(&mut self, script: &Script, now: Instant) -> io::Result<()> {
        (self.written, self.out, self.since) = (0, self.depth, now);
        self.write(script)
    }
}

/// Until the time is over and every answer has come.
fn drive(lanes: &mut [Lane], totals: &mut Totals, script: &Script, end: Instant) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; READ_BUFFER];
    for (number, lane) in lanes.iter_mut().enumerate() {
        poll.registry().register(&mut lane.stream, Token(number), Interest::READABLE | Interest::WRITABLE)?;
        lane.begin(script, Instant::now())?;
    }
    while Instant::now() < end || lanes.iter().any(|lane| lane.out > 0) {
        if Instant::now() > end + PATIENCE {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "answers are missing"));
        }
        poll.poll(&mut events, Some(Duration::from_millis(100)))?;
        for event in &events {
            let lane = &mut lanes[event.token().0];
            if event.is_writable() {
                lane.write(script)?;
            }
            if event.is_readable() {
                lane.read(script, &mut buffer, totals, end)?;
            }
        }
    }
    Ok(())
}

fn report(totals: &Totals, elapsed: Duration) -> io::Result<()> {
    let Totals { latencies, sent, received } = totals;
    writeln!(
        io::stdout(),
        r#"{{"messages": {}, "seconds": {:.6}, "p50_us": {:.1}, "p99_us": {:.1}, "sent_bytes": {sent}, "received_bytes": {received}}}"#,
        latencies.total(),
        elapsed.as_secs_f64(),
        latencies.quantile_us(0.5),
        latencies.quantile_us(0.99),
    )
}
