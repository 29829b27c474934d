//! A server under test: started on a port of its own, known by the line it prints, ended with the value that holds it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// How long a server may take to say where it listens.
const START: Duration = Duration::from_secs(20);
const ANY_PORT: &str = "127.0.0.1:0";

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts `program --listen 127.0.0.1:0 ARGUMENTS` and waits for `listening on http://…` on its standard output.
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        Self::start_for("http://", program, arguments)
    }

    /// As [`Server::start`], for a server that has an HTTPS listener too: that one is taken.
    pub(crate) fn start_tls(program: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        Self::start_for("https://", program, &[&["--tls-listen", ANY_PORT], arguments].concat())
    }

    fn start_for(scheme: &str, program: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        let mut child = Command::new(program)
            .args(["--listen", ANY_PORT])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::during(format_args!("cannot start {}", program.display())))?;
        let urls = child.stdout.take().map(listening_lines);
        let mut server = Self { child, url: String::new() };
        server.url = urls.and_then(|urls| first(&urls, scheme)).ok_or_else(|| silent(program))?;
        println!("{} listens on {}", program.display(), server.url);
        Ok(server)
    }

    /// `http://127.0.0.1:PORT` or `https://…`, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn address(&self) -> &str {
        self.url.split_once("://").map_or(self.url.as_str(), |(_, address)| address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first of the addresses with this scheme; none when the server ends, or takes longer than [`START`].
fn first(urls: &Receiver<String>, scheme: &str) -> Option<String> {
    let deadline = Instant::now() + START;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let url = urls.recv_timeout(left).ok()?;
        if url.starts_with(scheme) {
            return Some(url);
        }
    }
}

fn silent(program: &Path) -> Failure {
    Failure::new(format!("{} did not say where it listens within {} s", program.display(), START.as_secs()))
}

/// The addresses as the server names them. Its output is read to the end, so that it can never block on a full pipe.
fn listening_lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(url) = url_in(&line) {
                let _ = sender.send(url);
            }
        }
    });
    receiver
}

fn url_in(line: &str) -> Option<String> {
    Some(line.split_once("listening on ")?.1.trim().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Server, first, url_in};
    use std::path::Path;
    use std::sync::mpsc::channel;

    #[test]
    fn the_address_is_read_from_the_line() {
        assert_eq!(url_in("listening on http://127.0.0.1:8080/\n").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(url_in("starting"), None);
    }

    #[test]
    fn the_listener_of_the_wanted_scheme_is_taken() {
        let (sender, urls) = channel();
        ["http://127.0.0.1:1", "https://127.0.0.1:2"]
            .iter()
            .for_each(|url| sender.send((*url).to_owned()).unwrap());
        drop(sender);
        assert_eq!(first(&urls, "https://").as_deref(), Some("https://127.0.0.1:2"));
        assert_eq!(first(&urls, "https://"), None);
    }

    #[test]
    fn a_program_that_ends_without_the_line_is_a_failure() {
        let failure = Server::start(Path::new("true"), &[]).unwrap_err().to_string();
        assert!(failure.contains("did not say where it listens"), "{failure}");
    }
}
