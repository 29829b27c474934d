//! Serving on a runtime of your own. Try: `cargo run -p example-own-runtime`, then `curl http://127.0.0.1:8080/`. Ctrl+C
//! stops it.
#![allow(clippy::print_stdout, reason = "an example talks to its terminal")]

use hyperserve::prelude::*;
use std::error::Error;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::var("SERVER_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = App::new().route("/", get(async || "Hello from your own runtime\n"));
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    let report = app.serve(listener).until(stop).await?;
    println!("stopped; {} connections were cut", report.cut);
    Ok(())
}
