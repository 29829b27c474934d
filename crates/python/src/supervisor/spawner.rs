//! Starting worker processes.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;

use tokio::process::{Child, Command};

use super::mandate::{Mandate, VARIABLE};
use super::queue::{Inheritable, Queue};

/// What a service manager told the supervisor and means it alone.
const NOT_FOR_WORKERS: [&str; 5] =
    ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDNAMES"];

/// The Python that workers run in.
#[derive(Clone, Debug)]
pub(super) struct Interpreter {
    /// `sys.executable`
    pub(super) program: String,
    /// Its flags, such as `-X dev`.
    pub(super) flags: Vec<String>,
    /// `sys.path`
    pub(super) path: Vec<String>,
}

/// Starts workers, all alike but for their number and sockets.
#[derive(Debug)]
pub(super) struct Spawner {
    interpreter: Interpreter,
    options: BTreeMap<String, String>,
    /// For each address, whether it speaks TLS.
    secure: Vec<bool>,
}

impl Spawner {
    pub(super) fn new(
        interpreter: Interpreter,
        options: BTreeMap<String, String>,
        secure: Vec<bool>,
    ) -> Self {
        Self { interpreter, options, secure }
    }

    /// Starts one; the stream is the line to it.
    pub(super) fn spawn(&self, index: usize, queue: &Queue) -> io::Result<(Child, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mandate = Mandate {
            options: self.options(queue),
            control: theirs.as_raw_fd(),
            index,
            path: self.interpreter.path.clone(),
        };
        let mut command = Command::new(&self.interpreter.program);
        command.args(&self.interpreter.flags).args(["-m", "hyperserve"]);
        for name in NOT_FOR_WORKERS {
            command.env_remove(name);
        }
        command.envs(queue.environment()).env(VARIABLE, serde_json::to_string(&mandate)?);
        let _inheritable = Inheritable::new(queue.descriptors().chain([theirs.as_fd()]))?;
        let child = command.spawn().map_err(|error| {
            io::Error::new(error.kind(), format!("cannot start {}: {error}", self.interpreter.program))
        })?;
        Ok((child, ours))
    }

    fn options(&self, queue: &Queue) -> BTreeMap<String, String> {
        let mut options = self.options.clone();
        for (name, secure) in [("listen", false), ("tls_listen", true)] {
            let sockets = queue.addresses().zip(&self.secure).filter(|(_, speaks)| **speaks == secure);
            let addresses: Vec<String> = sockets.map(|(address, _)| address).collect();
            options.insert(name.to_owned(), addresses.join(","));
        }
        options
    }
}
