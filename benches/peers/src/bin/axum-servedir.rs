//! tower-http's `ServeDir` as axum's users run it: `axum::serve`, one listener, the multi-thread runtime; with siblings
//! that are compressed already, and TCP_NODELAY as the other servers of files have it.

use std::io;
use std::process::ExitCode;

use axum::Router;
use axum::serve::ListenerExt;
use hyperserve_bench_peers::Options;
use tokio::net::TcpListener;
use tokio::runtime;
use tower_http::services::ServeDir;

fn main() -> ExitCode {
    match Options::from_env().and_then(|options| run(&options).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("axum-servedir: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What `#[tokio::main(worker_threads = N)]` expands to.
fn run(options: &Options) -> io::Result<()> {
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(options.workers).enable_all().build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: &Options) -> io::Result<()> {
    let listener = TcpListener::bind(options.listen).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let files = ServeDir::new(&options.directory).precompressed_gzip();
    axum::serve(listener, Router::new().fallback_service(files)).await
}
