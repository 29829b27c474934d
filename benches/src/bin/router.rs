//! The router under test: three routes that the peers answer too, and with `--routes N` so many more beside them.
//!
//! The further routes are `/rI/items`, `/rI/items/{id}` and `/rI/items/{id}/parts` in turns, I counting from 0; those with
//! a capture answer it.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;

use hyperserve_benches::Flags;
use hyperserve_router::{Json, Path, Router, get};
use hyperserve_server::Server;
use serde::Serialize;

const TEXT: &str = "Hello, World!";

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "router: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let flags = Flags::from_env(&["listen", "routes", "workers"])?;
    let listen = flags.get("listen", SocketAddr::from(([127, 0, 0, 1], 8080)))?;
    let workers = flags.get("workers", thread::available_parallelism().map_or(1, usize::from))?;
    let app = routes(flags.get("routes", 0)?).try_build().map_err(|errors| errors.to_string())?;
    let report = Server::new().listen(listen).with_workers(workers).run(app);
    report.map(drop).map_err(|error| error.to_string())
}

fn routes(further: usize) -> Router {
    let app = Router::new()
        .route("/plaintext", get(plaintext))
        .route("/json", get(json))
        .route("/users/{id}", get(text_of_id));
    (0..further).fold(app, |app, number| match number % 3 {
        0 => app.route(&format!("/r{number}/items"), get(plaintext)),
        1 => app.route(&format!("/r{number}/items/{{id}}"), get(text_of_id)),
        _ => app.route(&format!("/r{number}/items/{{id}}/parts"), get(text_of_id)),
    })
}

async fn plaintext() -> &'static str {
    TEXT
}

async fn json() -> Json<Message> {
    Json(Message { message: TEXT })
}

async fn text_of_id(Path(id): Path<u64>) -> String {
    id.to_string()
}
