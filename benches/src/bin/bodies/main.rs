//! Large bodies under test: an upload that is spooled to disk and let go of, and files to download.
//!
//! `POST /upload` answers how many bytes the first field had; uploads go to the folder `--spool`. `/files` is the folder
//! `--files`.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use hyperserve_benches::Flags;
use hyperserve_core::BoxError;
use hyperserve_router::{Multipart, Rejection, Router, State, get, post};
use hyperserve_server::Server;
use hyperserve_static::StaticFiles;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "bodies: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), BoxError> {
    let flags = Flags::from_env(&["files", "listen", "spool", "workers"])?;
    let listen = flags.get("listen", SocketAddr::from(([127, 0, 0, 1], 8080)))?;
    let workers = flags.get("workers", thread::available_parallelism().map_or(1, usize::from))?;
    let files: PathBuf = flags.get("files", std::env::temp_dir())?;
    let app = Router::new()
        .route("/", get(async || "Hello, World!"))
        .route("/upload", post(upload).body_limit(usize::MAX))
        .mount("/files", StaticFiles::new(files)?)
        .with_state(flags.get("spool", std::env::temp_dir())?)
        .try_build()?;
    Server::new().listen(listen).with_workers(workers).run(app)?;
    Ok(())
}

async fn upload(State(spool): State<PathBuf>, form: Multipart) -> Result<String, Rejection> {
    let fields = form.with_spool_dir(spool).spool_all().await?;
    Ok(fields.first().map_or(0, |file| file.length()).to_string())
}
