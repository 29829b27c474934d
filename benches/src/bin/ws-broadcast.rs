//! Receivers of broadcasts: `--connections` WebSockets of `--path`, and one of `--path`/send whose messages the server
//! passes on to all of them. Each frame that each of them gets is looked at.
//!
//! Says `joined N` when all are there and one broadcast has come through; for every line on standard input sends
//! `--bursts` bursts of `--burst` messages of `--size` bytes, each burst `--gap` milliseconds after the one before it
//! has reached everybody, and answers with one line of JSON: `broadcasts`, `seconds`, `p50_us`, `p99_us` and `most_us`
//! from a burst's write to the last byte of the last delivery, `received_bytes` of all.

use std::io::{self, BufRead, Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use hyperserve_benches::websocket::{
    Deflate, Inflator, PING, PONG, Payload, Target, masked, open_all, parse, unmasked,
};
use hyperserve_benches::{Flags, Latencies};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use tokio::runtime;

const FLAGS: [&str; 9] =
    ["burst", "bursts", "connect", "connections", "deflate", "gap", "path", "payload", "size"];
const SOURCES: usize = 16;
/// How long one burst may take to reach everybody.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between the last handshake and the first message: a server may enter a socket in its list after it has answered.
const SETTLE: Duration = Duration::from_millis(500);
const READ_BUFFER: usize = 256 << 10;
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

fn main() -> ExitCode {
    match Plan::from_env().and_then(|plan| run(&plan).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "ws-broadcast: {message}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug)]
struct Plan {
    target: Target,
    connections: usize,
    burst: usize,
    bursts: usize,
    gap: Duration,
    payload: Payload,
    size: usize,
}

impl Plan {
    fn from_env() -> Result<Self, String> {
        let flags = Flags::from_env(&FLAGS)?;
        let target = Target {
            server: flags.get("connect", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            path: flags.get("path", "/hub".to_owned())?,
            deflate: flags.get("deflate", Deflate::Off)?,
            sources: SOURCES,
        };
        Ok(Self {
            target,
            connections: flags.get("connections", 5000)?,
            burst: flags.get("burst", 1)?.max(1),
            bursts: flags.get("bursts", 20)?,
            gap: Duration::from_millis(flags.get("gap", 20)?),
            payload: flags.get("payload", Payload::Random)?,
            size: flags.get("size", 256)?,
        })
    }
}

fn run(plan: &Plan) -> io::Result<()> {
    let mut room = Room::open(plan)?;
    thread::sleep(SETTLE);
    room.burst(1, &mut Latencies::default())?;
    say(&format!("joined {}", room.members.len()))?;
    for line in io::stdin().lock().lines() {
        drop(line?);
        let start = Instant::now();
        let mut latencies = Latencies::default();
        let before = room.received;
        for _ in 0..plan.bursts {
            room.burst(plan.burst, &mut latencies)?;
            room.rest(plan.gap)?;
        }
        let received = room.received - before;
        report(plan.bursts * plan.burst, start.elapsed(), &latencies, received)?;
    }
    Ok(())
}

/// The members and the one that speaks.
struct Room {
    poll: Poll,
    events: Events,
    members: Vec<Member>,
    speaker: TcpStream,
    messages: Messages,
    received: u64,
    buffer: Vec<u8>,
}

struct Member {
    stream: TcpStream,
    rest: Vec<u8>,
    got: usize,
}

/// What is said, and what every member must get of it.
struct Messages {
    first: u8,
    payloads: Vec<Vec<u8>>,
    /// The messages of the burst under way, by number.
    said: Vec<usize>,
    /// Their frames, as the first member got them, who checked them; empty until then.
    frames: Vec<Vec<u8>>,
    inflator: Inflator,
    next: usize,
}

impl Room {
    fn open(plan: &Plan) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let poll = Poll::new()?;
        let mut members = Vec::with_capacity(plan.connections);
        for stream in runtime.block_on(open_all(&plan.target, plan.connections))? {
            let mut stream = TcpStream::from_std(stream.into_std()?);
            poll.registry().register(&mut stream, Token(members.len()), Interest::READABLE)?;
            members.push(Member { stream, rest: Vec::new(), got: 0 });
        }
        let path = format!("{}/send", plan.target.path);
        let target = Target { path, deflate: Deflate::Off, ..plan.target.clone() };
        let speaker = runtime.block_on(open_all(&target, 1))?.remove(0).into_std()?;
        speaker.set_nonblocking(false)?;
        let speaker = TcpStream::from_std(speaker);
        let (messages, events) = (Messages::new(plan), Events::with_capacity(4096));
        Ok(Self { poll, events, members, speaker, messages, received: 0, buffer: vec![0; READ_BUFFER] })
    }

    /// Says so many messages at once and waits until everybody has all of them.
    fn burst(&mut self, count: usize, latencies: &mut Latencies) -> io::Result<()> {
        let bytes = self.messages.say(count);
        self.members.iter_mut().for_each(|member| member.got = 0);
        let (start, mut left) = (Instant::now(), self.members.len());
        self.speaker.write_all(&bytes)?;
        while left > 0 {
            if start.elapsed() > PATIENCE {
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("{left} members miss messages")));
            }
            left -= self.listen(Duration::from_millis(100))?;
        }
        latencies.add(start.elapsed(), 1);
        Ok(())
    }

    /// Nothing is said; pings are answered.
    fn rest(&mut self, gap: Duration) -> io::Result<()> {
        let end = Instant::now() + gap;
        while Instant::now() < end {
            self.listen(end.saturating_duration_since(Instant::now()))?;
        }
        Ok(())
    }

    /// One turn of the poll; gives how many members got their last message in it.
    fn listen(&mut self, patience: Duration) -> io::Result<usize> {
        let mut done = 0;
        self.poll.poll(&mut self.events, Some(patience))?;
        for event in &self.events {
            let member = &mut self.members[event.token().0];
            let before = member.got;
            self.received += member.read(&mut self.buffer, &mut self.messages)?;
            done += usize::from(before < member.got && member.got == self.messages.said.len());
        }
        Ok(done)
    }
}

impl Messages {
    fn new(plan: &Plan) -> Self {
        let payloads = plan.payload.messages(512, plan.size);
        let inflator = Inflator::new(plan.target.deflate, plan.size);
        Self {
            first: plan.payload.first_byte(),
            payloads,
            said: Vec::new(),
            frames: Vec::new(),
            inflator,
            next: 0,
        }
    }

    /// The bytes of the next `count` messages.
    fn say(&mut self, count: usize) -> Vec<u8> {
        self.said = (self.next..self.next + count).map(|number| number % self.payloads.len()).collect();
        self.frames = vec![Vec::new(); count];
        self.next += count;
        self.said.iter().flat_map(|&number| masked(self.first, &self.payloads[number], KEY)).collect()
    }

    /// Whether `frame` is the `number`-th of the burst.
    fn is(&mut self, number: usize, frame: &[u8]) -> io::Result<bool> {
        let Some(known) = self.frames.get_mut(number) else { return Ok(false) };
        let payload = &self.payloads[self.said[number]];
        if known.is_empty() {
            let parsed = parse(frame)?.ok_or_else(|| io::Error::other("half a frame"))?;
            if frame != unmasked(self.first, payload)
                && !self.inflator.carries(parsed.first, parsed.payload, payload)?
            {
                return Ok(false);
            }
            known.extend_from_slice(frame);
        }
        Ok(known == frame)
    }
}

impl Member {
    /// Reads until the socket is empty; gives how many bytes came.
    fn read(&mut self, buffer: &mut [u8], messages: &mut Messages) -> io::Result<u64> {
        let mut received = 0;
        loop {
            match self.stream.read(buffer) {
                Ok(0) => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed a socket"));
                }
                Ok(count) => {
                    received += count as u64;
                    self.take(&buffer[..count], messages)?;
                    if count < buffer.len() {
                        return Ok(received);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(received),
                Err(error) => return Err(error),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], messages: &mut Messages) -> io::Result<()> {
        let joined;
        let mut bytes = bytes;
        if !self.rest.is_empty() {
            joined = [&std::mem::take(&mut self.rest), bytes].concat();
            bytes = &joined;
        }
        while let Some(frame) = parse(bytes)? {
            if frame.first == PING {
                self.stream.write_all(&masked(PONG, frame.payload, KEY))?;
            } else if messages.is(self.got, &bytes[..frame.length])? {
                self.got += 1;
            } else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a member got what was not said"));
            }
            bytes = &bytes[frame.length..];
        }
        self.rest.extend_from_slice(bytes);
        Ok(())
    }
}

fn report(broadcasts: usize, elapsed: Duration, latencies: &Latencies, received: u64) -> io::Result<()> {
    let [half, most, all] = [0.5, 0.99, 1.0].map(|share| latencies.quantile_us(share));
    let seconds = elapsed.as_secs_f64();
    say(&format!(
        r#"{{"broadcasts": {broadcasts}, "seconds": {seconds:.6}, "p50_us": {half:.1}, "p99_us": {most:.1}, "most_us": {all:.1}, "received_bytes": {received}}}"#
    ))
}

/// One line, out at once: the script that reads it measures the server while this process still runs.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
