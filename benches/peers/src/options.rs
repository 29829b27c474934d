//! The command line that every peer server takes: `--listen ADDR --workers N`, and of those that serve files `--directory DIR`.

use std::env;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::thread;

/// Where a peer listens and with how many threads it serves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address of the listener; `127.0.0.1:8080` unless told.
    pub listen: SocketAddr,
    /// Serving threads; the number of usable cores unless told.
    pub workers: usize,
    /// What a server of files serves; the current directory unless told.
    pub directory: PathBuf,
}

impl Options {
    /// Reads the process's arguments.
    ///
    /// # Errors
    /// A message for the user: an unknown flag, or a value that is missing or does not parse.
    pub fn from_env() -> Result<Self, String> {
        Self::parse(env::args().skip(1))
    }

    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let mut options = Self { listen, workers: usable_cores(), directory: PathBuf::from(".") };
        while let Some(flag) = args.next() {
            match flag.as_str() {
                "--listen" => options.listen = value(&flag, args.next())?,
                "--workers" => options.workers = value::<NonZeroUsize>(&flag, args.next())?.get(),
                "--directory" => options.directory = value(&flag, args.next())?,
                _ => {
                    return Err(format!(
                        "unknown flag {flag}; known: --listen ADDR --workers N --directory DIR"
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn usable_cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

fn value<T: FromStr>(flag: &str, text: Option<String>) -> Result<T, String> {
    let text = text.ok_or_else(|| format!("{flag} needs a value"))?;
    text.parse().map_err(|_| format!("{flag} cannot take {text:?}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Options;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn all_flags_are_read() {
        let options = parse("--listen 127.0.0.1:9 --workers 3 --directory a/b").unwrap();
        assert_eq!((options.listen.port(), options.workers), (9, 3));
        assert_eq!(options.directory, Path::new("a/b"));
    }

    #[test]
    fn faults_are_named() {
        assert!(parse("--port 1").unwrap_err().contains("--port"));
        assert!(parse("--workers").unwrap_err().contains("needs a value"));
        assert!(parse("--workers 0").unwrap_err().contains("\"0\""));
    }
}
