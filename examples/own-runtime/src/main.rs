//! Serves on a multi-thread runtime of your own: `cargo run -p example-own-runtime`, then `curl http://127.0.0.1:8080/`.

use hyperserve_core::Request;
use hyperserve_server::{Limits, app_fn, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    let app = app_fn(async |_: Request| "Hello from your own runtime");
    serve(listener, app, Limits::default(), async { drop(tokio::signal::ctrl_c().await) }).await;
    Ok(())
}
