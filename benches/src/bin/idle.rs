//! Many keep-alive connections that do nothing: each carries one request, then lies idle, then some carry another.
//!
//! Opens `--connections`, at most `--burst` at a time, prints `held N` when the last has its first answer, holds them
//! for `--seconds`, asks once more on every `--stride`-th, prints `alive M of K`, and ends. Fails when a connection
//! could not be opened or a sampled one is dead. N is bound by the descriptor limit of the client and of the server.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use hyperserve_benches::{Flags, REQUEST, connect_from, read_answer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const FLAGS: [&str; 6] = ["burst", "connect", "connections", "seconds", "sources", "stride"];
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match Plan::from_env().and_then(|plan| run(&plan).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "idle: {message}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug)]
struct Plan {
    server: SocketAddr,
    connections: usize,
    burst: usize,
    sources: usize,
    stride: usize,
    seconds: f64,
}

impl Plan {
    fn from_env() -> Result<Self, String> {
        let flags = Flags::from_env(&FLAGS)?;
        Ok(Self {
            server: flags.get("connect", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            connections: flags.get("connections", 10_000)?,
            burst: flags.get("burst", 100)?.max(1),
            sources: flags.get("sources", 1)?,
            stride: flags.get("stride", 100)?.max(1),
            seconds: flags.get("seconds", 5.0)?,
        })
    }
}

fn run(plan: &Plan) -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(hold(plan))
}

async fn hold(plan: &Plan) -> io::Result<()> {
    let mut held = open_all(plan).await?;
    say(&format!("held {}", held.len()))?;
    sleep(Duration::from_secs_f64(plan.seconds)).await;
    let sample = held.len().div_ceil(plan.stride);
    let alive = count_alive(&mut held, plan.stride).await;
    say(&format!("alive {alive} of {sample}"))?;
    if alive == sample { Ok(()) } else { Err(io::Error::other("idle connections were lost")) }
}

/// Opens every connection and gets its first answer, a burst at a time so that no accept queue overflows.
async fn open_all(plan: &Plan) -> io::Result<Vec<TcpStream>> {
    let mut held = Vec::with_capacity(plan.connections);
    while held.len() < plan.connections {
        let burst = held.len()..plan.connections.min(held.len() + plan.burst);
        let opened: JoinSet<_> = burst.map(|number| open(plan.server, number, plan.sources)).collect();
        for stream in opened.join_all().await {
            held.push(stream?);
        }
    }
    Ok(held)
}

async fn open(server: SocketAddr, number: usize, sources: usize) -> io::Result<TcpStream> {
    let mut stream = timeout(PATIENCE, connect_from(sources, number, server)).await??;
    ask(&mut stream).await?;
    Ok(stream)
}

async fn ask(stream: &mut TcpStream) -> io::Result<()> {
    let exchange = async {
        stream.write_all(REQUEST).await?;
        read_answer(stream).await
    };
    timeout(PATIENCE, exchange).await?
}

async fn count_alive(held: &mut [TcpStream], stride: usize) -> usize {
    let mut alive = 0;
    for stream in held.iter_mut().step_by(stride) {
        alive += usize::from(ask(stream).await.is_ok());
    }
    alive
}

/// One line, out at once: the script that reads it measures the server while this process still runs.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
