//! axum's router on the connection of `hyper-plain`: what the router alone costs, without what `axum::serve` adds.

use std::process::ExitCode;

use hyper_util::service::TowerToHyperService;
use hyperserve_bench_peers::{Options, axum_routes, serve_per_core};

fn main() -> ExitCode {
    let options = Options::from_env();
    let service = TowerToHyperService::new(axum_routes());
    match options.and_then(|options| serve_per_core(&options, service).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("axum-plain: {message}");
            ExitCode::FAILURE
        }
    }
}
