//! A Redis of the test's own: on a free port of the loopback, with a folder that is thrown away, and nothing kept on disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]
#![allow(dead_code, reason = "each test uses what it needs")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Redis is there within milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running Redis. Dropping it ends it.
pub(crate) struct RedisServer {
    port: u16,
    folder: TempDir,
    options: Vec<String>,
    process: Option<Child>,
}

impl RedisServer {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more of the command line: `--requirepass`, `secret`.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let mut server = Self::reserved();
        server.options = options.iter().map(|option| (*option).to_owned()).collect();
        server.go_on();
        server
    }

    /// One that has an address and does not run yet.
    pub(crate) fn reserved() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        Self { port, folder: TempDir::new().unwrap(), options: Vec::new(), process: None }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it as a crash would.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it, on the address it had, without the data it had.
    pub(crate) fn go_on(&mut self) {
        let port = self.port.to_string();
        let folder = self.folder.path().to_str().unwrap();
        let fixed =
            ["--port", &port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
        let mut command = Command::new("redis-server");
        command.args(fixed).args(&self.options).stdin(Stdio::null()).stdout(Stdio::null());
        self.process = Some(match command.spawn() {
            Ok(process) => process,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("this test needs the program redis-server; as root: apt-get install redis-server")
            }
            Err(error) => panic!("redis-server does not start: {error}"),
        });
        self.wait();
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.try_ask("PING").is_ok_and(|answer| answer.starts_with(['+', '-'])) {
            let ended = self.process.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "redis-server ended at once: {ended:?}");
            assert!(Instant::now() < deadline, "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The answer to a command, as it comes.
    pub(crate) fn ask(&self, command: &str) -> String {
        self.try_ask(command).unwrap()
    }

    /// Has it do something, and does not wait.
    pub(crate) fn tell(&self, command: &str) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(stream, "{command}\r\n").unwrap();
    }

    fn try_ask(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "{command}\r\nQUIT\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.trim_end_matches("+OK\r\n").to_owned())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
