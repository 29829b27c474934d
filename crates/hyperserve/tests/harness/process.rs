//! The command as a process: its addresses are read from its lines, and it never outlives its test.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::client::get;

const PATIENCE: Duration = Duration::from_secs(20);

/// The command with these words, not started.
fn command(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hyperserve"));
    // A service manager above the tests is none of the command's business, and neither are files and settings of theirs.
    command.args(words.split_whitespace()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    let ours = |name: &OsStr| name.to_string_lossy().starts_with("HS_");
    for (name, _) in env::vars_os().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    for name in ["NOTIFY_SOCKET", "LISTEN_FDS", "SERVER_ADDR", "HEALTH_ADDR"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the command to its end; for words that start no server.
pub(crate) fn run(words: &str) -> Output {
    finish(&mut command(words))
}

/// The same in a folder of its own, with these variables.
pub(crate) fn run_in(folder: &Path, variables: &[(&str, &str)], words: &str) -> Output {
    finish(command(words).current_dir(folder).envs(variables.iter().copied()))
}

fn finish(command: &mut Command) -> Output {
    let mut server = Server { child: command.spawn().unwrap(), urls: Vec::new(), log: None, lines: None };
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let pipe = server.child.stderr.take().map(read_all).unwrap();
    server.child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
    stderr.extend(pipe.join().unwrap().into_bytes());
    Output { status: server.wait(), stdout, stderr }
}

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    child: Child,
    urls: Vec<String>,
    log: Option<JoinHandle<String>>,
    /// What it says on standard output after its addresses.
    lines: Option<Receiver<String>>,
}

/// How a server ended.
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) log: String,
}

impl Server {
    /// Starts the command and waits for as many addresses as there are `--listen` words, one at least.
    pub(crate) fn start(words: &str) -> Self {
        let https = usize::from(words.contains("--tls"));
        let expected =
            words.matches("--listen").count().max(1) + words.matches("--tls-listen").count().max(https);
        Self::spawn(&mut command(words), expected)
    }

    /// Starts the command in a folder, with these variables, and waits for this many addresses.
    pub(crate) fn start_in(folder: &Path, variables: &[(&str, &str)], words: &str, addresses: usize) -> Self {
        Self::spawn(command(words).current_dir(folder).envs(variables.iter().copied()), addresses)
    }

    fn spawn(command: &mut Command, expected: usize) -> Self {
        let mut child = command.spawn().unwrap();
        let log = child.stderr.take().map(read_all);
        let lines = lines(child.stdout.take().unwrap());
        let mut server = Self { child, urls: Vec::new(), log, lines: None };
        for _ in 0..expected {
            let line = lines.recv_timeout(PATIENCE).expect("an address within time");
            server.urls.push(line.strip_prefix("listening on ").expect("nothing but addresses").to_owned());
        }
        server.lines = Some(lines);
        server
    }

    /// The next line of standard output.
    pub(crate) fn next_line(&self) -> String {
        self.lines.as_ref().unwrap().recv_timeout(PATIENCE).expect("a line within time")
    }

    /// The TCP address of the next listener for probes.
    pub(crate) fn next_probe(&self) -> SocketAddr {
        let line = self
            .lines
            .as_ref()
            .and_then(|lines| lines.recv_timeout(PATIENCE).ok())
            .expect("an address within time");
        line.strip_prefix("probes on http://").expect("nothing but probes").parse().unwrap()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `/healthz` of the nth URL says so: workers accept a moment before the whole server is ready.
    pub(crate) fn is_ready(&self, nth: usize) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if get(self.address(nth), "/healthz").body == "ready\n" {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// What it says it listens on, in order.
    pub(crate) fn urls(&self) -> &[String] {
        &self.urls
    }

    /// The TCP address of the nth URL.
    pub(crate) fn address(&self, nth: usize) -> SocketAddr {
        self.urls[nth].split_once("://").unwrap().1.parse().unwrap()
    }

    /// SIGTERM, without waiting.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// SIGTERM, and how it ended.
    pub(crate) fn stop(self) -> End {
        self.terminate();
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> End {
        let code = self.wait().code();
        let log = self.log.take().map(|log| log.join().unwrap()).unwrap_or_default();
        End { code, log }
    }

    fn wait(&mut self) -> std::process::ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the command did not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read_all(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        BufReader::new(pipe).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    receiver
}
