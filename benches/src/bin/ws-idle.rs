//! Many WebSockets that do nothing: each echoes one message, then lies idle but for the server's pings, then some echo
//! another.
//!
//! Opens `--connections`, prints `held N` when each has its echo, holds them for `--seconds`, asks once more on every
//! `--stride`-th, prints `alive M of K`, and ends. Fails when a WebSocket could not be opened or a sampled one is dead.
//! N is bound by the descriptor limit of the client and of the server.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use hyperserve_benches::Flags;
use hyperserve_benches::websocket::{BINARY, Deflate, PING, PONG, Target, masked, open_all, parse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

const FLAGS: [&str; 6] = ["connect", "connections", "path", "seconds", "sources", "stride"];
const PATIENCE: Duration = Duration::from_secs(10);
const MESSAGE: &[u8] = b"sixteen bytes ..";
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

fn main() -> ExitCode {
    match Plan::from_env().and_then(|plan| run(&plan).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "ws-idle: {message}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug)]
struct Plan {
    target: Target,
    connections: usize,
    stride: usize,
    seconds: f64,
}

impl Plan {
    fn from_env() -> Result<Self, String> {
        let flags = Flags::from_env(&FLAGS)?;
        let target = Target {
            server: flags.get("connect", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            path: flags.get("path", "/echo".to_owned())?,
            deflate: Deflate::Off,
            sources: flags.get("sources", 1)?,
        };
        Ok(Self {
            target,
            connections: flags.get("connections", 10_000)?,
            stride: flags.get("stride", 100)?.max(1),
            seconds: flags.get("seconds", 30.0)?,
        })
    }
}

fn run(plan: &Plan) -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(hold(plan))
}

async fn hold(plan: &Plan) -> io::Result<()> {
    let mut streams = open_all(&plan.target, plan.connections).await?;
    for stream in &mut streams {
        echo(stream).await?;
    }
    say(&format!("held {}", streams.len()))?;
    let end = Instant::now() + Duration::from_secs_f64(plan.seconds);
    let sample = plan.connections.div_ceil(plan.stride);
    let idle = |(number, stream)| one(stream, end, number % plan.stride == 0);
    let lives: JoinSet<_> = streams.into_iter().enumerate().map(idle).collect();
    let alive = lives.join_all().await.into_iter().filter(|alive| *alive).count();
    say(&format!("alive {alive} of {sample}"))?;
    if alive == sample { Ok(()) } else { Err(io::Error::other("idle WebSockets were lost")) }
}

/// Answers pings until `end`; whether a sampled one was alive to the end.
async fn one(mut stream: TcpStream, end: Instant, sampled: bool) -> bool {
    // The deadline alone ends it well: `Err` is the time that is over.
    let idle = timeout_at(end, answer_pings(&mut stream)).await.is_err();
    sampled && idle && echo(&mut stream).await.is_ok()
}

async fn answer_pings(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        let (first, payload) = read_frame(stream).await?;
        if first != PING {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message that nobody asked for"));
        }
        stream.write_all(&masked(PONG, &payload, KEY)).await?;
    }
}

async fn echo(stream: &mut TcpStream) -> io::Result<()> {
    let exchange = async {
        stream.write_all(&masked(BINARY, MESSAGE, KEY)).await?;
        loop {
            match read_frame(stream).await? {
                (BINARY, payload) if payload == MESSAGE => return Ok(()),
                (PING, payload) => stream.write_all(&masked(PONG, &payload, KEY)).await?,
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "no echo")),
            }
        }
    };
    timeout(PATIENCE, exchange).await?
}

/// Pings and echoes come one by one, in one piece each: a read that holds another thing is a fault.
async fn read_frame(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut buffer = [0; 256];
    let count = stream.read(&mut buffer).await?;
    match parse(&buffer[..count])? {
        Some(frame) if frame.length == count => Ok((frame.first, frame.payload.to_vec())),
        _ if count == 0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "not one whole frame")),
    }
}

/// One line, out at once: the script that reads it measures the server while this process still runs.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
