//! The smallest server: `cargo run -p hyperserve-server --example hello`, then `curl http://127.0.0.1:8080/`.

use hyperserve_core::Request;
use hyperserve_server::{Server, ServerError, app_fn};

fn main() -> Result<(), ServerError> {
    Server::new().listen("127.0.0.1:8080").run(app_fn(async |_: Request| "Hello, World!"))?;
    Ok(())
}
