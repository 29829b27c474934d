//! A stop that loses nothing. Try: `cargo run -p example-graceful-shutdown`, then in other terminals
//! `curl http://127.0.0.1:8080/slow` and `curl http://127.0.0.1:8080/wait`, and press Ctrl+C within two seconds.
//! `/slow` is answered in its own time, `/wait` at once, and the program ends when both are.
#![allow(clippy::print_stdout, reason = "an example talks to its terminal")]

use hyperserve::prelude::*;
use std::time::Duration;

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(2)).await;
    "done\n"
}

/// Would wait for ten minutes; the token ends it when the server stops.
async fn wait(shutdown: Shutdown) -> &'static str {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(600)) => "nothing happened\n",
        () = shutdown.triggered() => "the server stops\n",
    }
}

fn main() -> Result<(), AppError> {
    let app = App::new().route("/slow", get(slow)).route("/wait", get(wait)).bind()?;
    println!("listening on {}", app.addresses()[0].url());
    let report = app.run()?;
    println!("stopped; {} connections were cut", report.cut);
    Ok(())
}
