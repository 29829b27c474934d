//! The layers under test: two routes, behind the layers that `--layers` names, put there as a program would do it.
//!
//! `bare` is the routes alone, `empty` a stack without a layer; every place of the facade's `Stack` is a name, and so are the
//! whole stacks and what identifies clients. [`stacks`] and [`credentials`] have the lists.

mod credentials;
mod stacks;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;

use hyperserve::core::BoxError;
use hyperserve::prelude::*;
use hyperserve_benches::Flags;
use serde::Serialize;

const TEXT: &str = "Hello, World!";

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "layers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), BoxError> {
    let flags = Flags::from_env(&["layers", "listen", "workers"])?;
    let listen = flags.get("listen", SocketAddr::from(([127, 0, 0, 1], 8080)))?;
    let workers = flags.get("workers", thread::available_parallelism().map_or(1, usize::from))?;
    let config = Config::new().with_listen([listen.to_string()]).with_workers(workers);
    let app = layered(&flags.get("layers", "bare".to_owned())?)?;
    app.with_config(config).run()?;
    Ok(())
}

fn layered(name: &str) -> Result<App, BoxError> {
    if name == "bare" {
        return Ok(routes());
    }
    if let Some(app) = credentials::layered(name, routes())? {
        return Ok(app);
    }
    Ok(routes().layer(stacks::named(name)?))
}

fn routes() -> App {
    App::new()
        .route("/plaintext", get(async || TEXT))
        .route("/json", get(async || Json(Message { message: TEXT })))
        .route("/kept", get(async || ([(header::CACHE_CONTROL, "max-age=3600")], TEXT)))
}
