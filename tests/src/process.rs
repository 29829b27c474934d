//! A server program under test: started by the contract of `spec/app.md`, asked to end by SIGTERM, never left behind.

use std::{
    net::SocketAddr,
    path::Path,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::{Fault, Settings};

/// A program that has not said where it listens by then is not started. An interpreter may take a while.
const START: Duration = Duration::from_secs(20);
/// A program that has not ended by then after SIGTERM is killed, and that is a fault.
const STOP: Duration = Duration::from_secs(15);
/// How much of its last log output a report shows.
const LOG: usize = 4096;

/// What to start: a command and its first arguments.
#[derive(Debug, Clone)]
pub struct Program(Vec<String>);

impl Program {
    /// A command line whose words are separated by white space.
    #[must_use]
    pub fn new(line: &str) -> Self {
        Self(line.split_whitespace().map(str::to_owned).collect())
    }

    /// An executable file, whatever its path contains.
    #[must_use]
    pub fn executable(path: &str) -> Self {
        Self(vec![path.to_owned()])
    }

    /// The same with one more argument.
    #[must_use]
    pub fn with_argument(mut self, argument: impl Into<String>) -> Self {
        self.0.push(argument.into());
        self
    }

    /// Starts it with these settings and waits for the line that says where it listens.
    ///
    /// # Errors
    /// It cannot be started, ends at once, or does not keep the start contract.
    pub async fn start(&self, settings: &Settings) -> Result<Server, Fault> {
        let (mut child, folder) = self.spawn(settings)?;
        let log = Log::default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(log.clone().follow(stderr));
        }
        let stdout = child.stdout.take().ok_or_else(|| Fault::new("the program has no standard output"))?;
        match timeout(START, first_line(stdout)).await {
            Ok(Ok(address)) => Ok(Server { child, address, log, _folder: folder }),
            Ok(Err(fault)) => {
                Err(Fault::new(format!("{self:?} {settings:?}: {fault}; it logged: {}", log.text())))
            }
            Err(_) => Err(Fault::new(format!("{self:?} did not say where it listens within {START:?}"))),
        }
    }

    /// Starts it with settings that it must refuse, and hands back its exit status and what it wrote to standard error.
    ///
    /// # Errors
    /// It cannot be started, or does not end by itself.
    pub async fn refuse(&self, settings: &Settings) -> Result<(ExitStatus, String), Fault> {
        let (child, _folder) = self.spawn(settings)?;
        match timeout(START, child.wait_with_output()).await {
            Ok(Ok(output)) => Ok((output.status, String::from_utf8_lossy(&output.stderr).into_owned())),
            Ok(Err(error)) => Err(Fault::new(error.to_string())),
            Err(_) => Err(Fault::new(format!("it has not ended within {START:?}, so it has started"))),
        }
    }

    fn spawn(&self, settings: &Settings) -> Result<(Child, Option<TempDir>), Fault> {
        let (name, arguments) = self.0.split_first().ok_or_else(|| Fault::new("no program is named"))?;
        let folder = folder(settings)?;
        let mut command = Command::new(Path::new(name));
        command.args(arguments).args(["--listen", "127.0.0.1:0"]).args(&settings.args).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, value) in &settings.set {
            command.arg("--set").arg(format!("{name}={value}"));
        }
        // What the caller's own environment sets would decide cases.
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_setting(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        command.envs(&settings.env);
        if let Some(folder) = &folder {
            command.current_dir(folder.path());
        }
        let child =
            command.spawn().map_err(|error| Fault::new(format!("{name} cannot be started: {error}")))?;
        Ok((child, folder))
    }
}

/// Whether a HyperServe program reads this environment variable.
fn is_setting(name: &str) -> bool {
    name.starts_with("HS_") || name == "SERVER_ADDR" || name == "HEALTH_ADDR"
}

/// A folder that holds the files of the settings, if there are any; it goes with the value.
fn folder(settings: &Settings) -> Result<Option<TempDir>, Fault> {
    if settings.files.is_empty() {
        return Ok(None);
    }
    let told = |error: std::io::Error| Fault::new(format!("the files of the settings: {error}"));
    let folder = tempfile::tempdir().map_err(told)?;
    for (name, text) in &settings.files {
        std::fs::write(folder.path().join(name), text).map_err(told)?;
    }
    Ok(Some(folder))
}

/// Reads `listening on http://ADDR`; what else the program prints later is read and dropped.
async fn first_line(stdout: ChildStdout) -> Result<SocketAddr, Fault> {
    let mut lines = BufReader::new(stdout).lines();
    let line = lines.next_line().await.map_err(|error| Fault::new(error.to_string()))?.unwrap_or_default();
    let address =
        line.strip_prefix("listening on http://").and_then(|rest| rest.trim_end_matches('/').parse().ok());
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    address.ok_or_else(|| Fault::new(format!("its first line is `{line}`")))
}

/// A started program; dropped, it is killed.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: Log,
    /// The folder it runs in, while it runs.
    _folder: Option<TempDir>,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks it to end.
    ///
    /// # Errors
    /// It is gone already.
    pub fn terminate(&self) -> Result<(), Fault> {
        let id = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let id = id.ok_or_else(|| Fault::new("the server has ended already"))?;
        kill_process(id, Signal::TERM).map_err(|error| Fault::new(format!("SIGTERM to the server: {error}")))
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// Its exit code is not 0, or it does not end.
    pub async fn stop(mut self) -> Result<(), Fault> {
        // One that a case has ended already only needs its exit code read.
        let _gone = self.terminate();
        match timeout(STOP, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => {
                Err(Fault::new(format!("the server ended with {status}; it logged: {}", self.log.text())))
            }
            Ok(Err(error)) => Err(Fault::new(error.to_string())),
            Err(_) => Err(Fault::new(format!("the server did not end within {STOP:?} after SIGTERM"))),
        }
    }
}

/// The last of what the program wrote to standard error.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    async fn follow(self, mut from: impl AsyncRead + Unpin) {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend_from_slice(&buffer[..count]);
            let excess = kept.len().saturating_sub(LOG);
            kept.drain(..excess);
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}
