//! axum as its users run it: default features, `axum::serve`, one listener, the multi-thread runtime.

use std::io;
use std::process::ExitCode;

use hyperserve_bench_peers::{Options, axum_routes};
use tokio::net::TcpListener;
use tokio::runtime;

fn main() -> ExitCode {
    match Options::from_env().and_then(|options| run(&options).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("axum-serve: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What `#[tokio::main(worker_threads = N)]` expands to.
fn run(options: &Options) -> io::Result<()> {
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(options.workers).enable_all().build()?;
    runtime.block_on(async { axum::serve(TcpListener::bind(options.listen).await?, axum_routes()).await })
}
