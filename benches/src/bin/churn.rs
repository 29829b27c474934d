//! Load of new connections: each carries one request, is read to the end of its answer, and goes away.
//!
//! `--fate close` sends `Connection: close` and waits for the server's FIN, so TIME_WAIT lies with the server;
//! `--fate reset` sends a plain request and drops the connection by RST (SO_LINGER 0), so it lies with nobody.
//! Stops at `--count` connections or after `--seconds`, whichever is first. Prints one line of JSON: `connections`
//! that got a whole answer, `failed`, `seconds`, and the text of the last error.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hyperserve_benches::{Flags, REQUEST, REQUEST_CLOSE, connect_from, read_answer, read_to_end};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::timeout;

const FLAGS: [&str; 7] = ["connect", "concurrency", "count", "fate", "seconds", "sources", "threads"];
/// No answer on loopback takes this long: a connection that does is counted as failed.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    match Plan::from_env().and_then(|plan| run(plan).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "churn: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Who ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Close,
    Reset,
}

/// What to do, and how it went so far; shared by all loops.
#[derive(Debug)]
struct Plan {
    server: SocketAddr,
    concurrency: usize,
    threads: usize,
    sources: usize,
    count: usize,
    seconds: f64,
    fate: Fate,
    started: AtomicUsize,
    answered: AtomicU64,
    failed: AtomicU64,
}

impl Plan {
    fn from_env() -> Result<Self, String> {
        let flags = Flags::from_env(&FLAGS)?;
        Ok(Self {
            server: flags.get("connect", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            concurrency: flags.get("concurrency", 64)?,
            threads: flags.get("threads", 1)?,
            sources: flags.get("sources", 1)?,
            count: flags.get("count", 1_000_000)?,
            seconds: flags.get("seconds", 4.0)?,
            fate: fate(&flags.get("fate", "reset".to_owned())?)?,
            started: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        })
    }

    /// The number of the next connection, until the count is used up.
    fn next(&self) -> Option<usize> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        (number < self.count).then_some(number)
    }
}

fn fate(name: &str) -> Result<Fate, String> {
    match name {
        "close" => Ok(Fate::Close),
        "reset" => Ok(Fate::Reset),
        _ => Err(format!("--fate is close or reset, not {name}")),
    }
}

fn run(plan: Plan) -> io::Result<()> {
    let plan = Arc::new(plan);
    let start = Instant::now();
    let threads: Vec<_> = (0..plan.threads).map(|index| spawn(&plan, index)).collect();
    let mut last_error = None;
    for thread in threads {
        last_error = thread.join().map_err(|_| io::Error::other("a thread panicked"))??.or(last_error);
    }
    report(&plan, start.elapsed(), last_error)
}

fn spawn(plan: &Arc<Plan>, index: usize) -> thread::JoinHandle<io::Result<Option<io::Error>>> {
    let plan = Arc::clone(plan);
    let loops = plan.concurrency / plan.threads + usize::from(index < plan.concurrency % plan.threads);
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(runtime.block_on(drive(plan, loops)))
    })
}

/// Runs `loops` loops side by side until the time is over; gives the last error that one of them met.
async fn drive(plan: Arc<Plan>, loops: usize) -> Option<io::Error> {
    let end = Instant::now() + Duration::from_secs_f64(plan.seconds);
    let mut set = JoinSet::new();
    for _ in 0..loops {
        set.spawn(reconnect(Arc::clone(&plan), end));
    }
    set.join_all().await.into_iter().flatten().last()
}

async fn reconnect(plan: Arc<Plan>, end: Instant) -> Option<io::Error> {
    let mut last_error = None;
    while Instant::now() < end {
        let Some(number) = plan.next() else { break };
        match exchange(&plan, number).await {
            Ok(()) => plan.answered.fetch_add(1, Ordering::Relaxed),
            Err(error) => {
                last_error = Some(error);
                plan.failed.fetch_add(1, Ordering::Relaxed)
            }
        };
    }
    last_error
}

async fn exchange(plan: &Plan, number: usize) -> io::Result<()> {
    let mut stream = timeout(PATIENCE, connect_from(plan.sources, number, plan.server)).await??;
    timeout(PATIENCE, ask(&mut stream, plan.fate)).await?
}

async fn ask(stream: &mut TcpStream, fate: Fate) -> io::Result<()> {
    match fate {
        Fate::Close => {
            stream.write_all(REQUEST_CLOSE).await?;
            read_to_end(stream).await
        }
        Fate::Reset => {
            stream.write_all(REQUEST).await?;
            read_answer(stream).await?;
            stream.set_zero_linger()
        }
    }
}

fn report(plan: &Plan, elapsed: Duration, last_error: Option<io::Error>) -> io::Result<()> {
    let error = last_error.map_or_else(String::new, |error| error.to_string());
    writeln!(
        io::stdout(),
        r#"{{"connections": {}, "failed": {}, "seconds": {:.6}, "last_error": {error:?}}}"#,
        plan.answered.load(Ordering::Relaxed),
        plan.failed.load(Ordering::Relaxed),
        elapsed.as_secs_f64(),
    )
}
