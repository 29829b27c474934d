//! One command: shown, run with its output passed on line by line, and ended when it overruns its time.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::process_tree;

/// Longest time for a command that names none: far over any step measured on two cores.
const LIMIT: Duration = Duration::from_secs(40 * 60);
/// How long output may still arrive after the command itself has ended.
const AFTERMATH: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(200);

/// A command to run.
#[derive(Debug)]
#[must_use]
pub(crate) struct Job {
    command: Command,
    limit: Duration,
}

impl Job {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        // `cargo run` describes this tool to its children; build scripts that watch those names would run again.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(describes_this_tool) {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null());
        Self { command, limit: LIMIT }
    }

    pub(crate) fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn directory(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The command as a person would type it.
    pub(crate) fn shown(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    /// Runs it, passes its output on, and fails unless it succeeds.
    pub(crate) fn succeed(self) -> Result<(), Failure> {
        self.watch(|_| {})
    }

    /// As [`Job::succeed`], and hands every line of its output to `seen`.
    pub(crate) fn watch(mut self, mut seen: impl FnMut(&str)) -> Result<(), Failure> {
        let shown = self.shown();
        println!("$ {shown}");
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            self.command.spawn().map_err(Failure::during(format_args!("cannot start `{shown}`")))?;
        let lines = lines_of(&mut child);
        let status = follow(&mut child, &lines, self.limit, |line| {
            println!("{line}");
            seen(line);
        })?;
        judge(status, &shown)
    }

    /// Starts it for the caller to end; what it writes is thrown away, and its limit is the caller's.
    pub(crate) fn silently(mut self) -> Result<Child, Failure> {
        let shown = self.shown();
        println!("$ {shown} &");
        let child = self.command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        child.map_err(Failure::during(format_args!("cannot start `{shown}`")))
    }

    /// Runs it silently; what it wrote to standard output, if it succeeded.
    pub(crate) fn output(mut self) -> Result<String, Failure> {
        let shown = self.shown();
        let output =
            self.command.output().map_err(Failure::during(format_args!("cannot start `{shown}`")))?;
        let text = String::from_utf8_lossy(&output.stderr);
        judge(output.status, &shown).map_err(Failure::during(text.trim()))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn describes_this_tool(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn judge(status: ExitStatus, shown: &str) -> Result<(), Failure> {
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{shown}` ended with {status}"))) }
}

fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(stdout) = child.stdout.take() {
        read_lines(stdout, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        read_lines(stderr, sender);
    }
    receiver
}

/// Sends each line as it comes. Output need not be UTF-8: tests of bad requests print what they sent.
fn read_lines(pipe: impl Read + Send + 'static, lines: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            if lines.send(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()).is_err() {
                return;
            }
        }
    });
}

/// Passes lines on until the command has ended and its pipes are closed or silent.
fn follow(
    child: &mut Child,
    lines: &Receiver<String>,
    limit: Duration,
    mut pass_on: impl FnMut(&str),
) -> Result<ExitStatus, Failure> {
    let started = Instant::now();
    let mut last_line = started;
    loop {
        match lines.recv_timeout(TICK) {
            Ok(line) => {
                last_line = Instant::now();
                pass_on(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) if has_ended(child)? && last_line.elapsed() > AFTERMATH => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if started.elapsed() > limit {
            process_tree::kill(child.id());
            let _ = child.wait();
            return Err(Failure::new(format!("ended after {} s, its limit", limit.as_secs())));
        }
    }
    child.wait().map_err(Failure::during("waiting for the command"))
}

fn has_ended(child: &mut Child) -> Result<bool, Failure> {
    Ok(child.try_wait().map_err(Failure::during("looking at the command"))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::Job;
    use std::time::{Duration, Instant};

    fn sh(script: &str) -> Job {
        Job::new("sh").args(["-c", script])
    }

    #[test]
    fn both_streams_reach_the_watcher() {
        let mut seen = Vec::new();
        sh("echo one; echo two >&2; printf three").watch(|line| seen.push(line.to_owned())).unwrap();
        seen.sort();
        assert_eq!(seen, ["one", "three", "two"]);
    }

    #[test]
    fn a_failing_command_is_named() {
        let failure = sh("exit 3").succeed().unwrap_err().to_string();
        assert!(failure.contains("exit 3") && failure.contains("exit status: 3"), "{failure}");
    }

    #[test]
    fn an_overrunning_command_is_ended_with_its_children() {
        let started = Instant::now();
        let failure = sh("sleep 60 & sleep 60").limit(Duration::from_millis(300)).succeed().unwrap_err();
        assert!(failure.to_string().contains("limit"), "{failure}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_missing_program_is_a_sentence() {
        let failure = Job::new("no-such-program-here").succeed().unwrap_err().to_string();
        assert!(failure.starts_with("cannot start `no-such-program-here`"), "{failure}");
    }

    #[test]
    fn output_is_captured_and_bytes_need_not_be_text() {
        assert_eq!(sh("printf 'a\\377b'").output().unwrap(), "a\u{fffd}b");
    }
}
