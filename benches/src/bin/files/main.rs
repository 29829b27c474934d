//! The file server under test: `StaticFiles` at the root of an `App`, each with its defaults but for `sendfile`.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;

use hyperserve::core::BoxError;
use hyperserve::prelude::*;
use hyperserve_benches::Flags;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "files: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), BoxError> {
    let flags = Flags::from_env(&["directory", "listen", "sendfile", "workers"])?;
    let listen = flags.get("listen", SocketAddr::from(([127, 0, 0, 1], 8080)))?;
    let workers = flags.get("workers", thread::available_parallelism().map_or(1, usize::from))?;
    let directory = flags.get("directory", ".".to_owned())?;
    let sendfile = flags.get("sendfile", false)?;
    let config = Config::new().with_listen([listen.to_string()]).with_workers(workers);
    let config = config.with("sendfile", sendfile);
    App::new().mount("/", StaticFiles::new(directory)?.with_sendfile(sendfile)).with_config(config).run()?;
    Ok(())
}
