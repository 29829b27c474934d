//! The server under test: HyperServe as it comes, every limit and deadline on, answering what the peers answer.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;

use http::{Method, StatusCode};
use hyperserve_benches::Flags;
use hyperserve_core::{IntoResponse, Request, Response};
use hyperserve_server::{Server, app_fn};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "hello: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let flags = Flags::from_env(&["listen", "workers"])?;
    let listen = flags.get("listen", SocketAddr::from(([127, 0, 0, 1], 8080)))?;
    let workers = flags.get("workers", thread::available_parallelism().map_or(1, usize::from))?;
    let report = Server::new().listen(listen).with_workers(workers).run(app_fn(answer));
    report.map(drop).map_err(|error| error.to_string())
}

async fn answer(request: Request) -> Response {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => "Hello, World!".into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
