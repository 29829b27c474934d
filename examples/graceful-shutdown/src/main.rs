//! A stop that loses nothing. Try: `cargo run -p example-graceful-shutdown`, then in other terminals
//! `curl http://127.0.0.1:8080/slow` and `curl http://127.0.0.1:8080/wait`, and press Ctrl+C within two seconds.
//! `/slow` is answered in its own time, `/wait` at once, and the program ends when both are.
#![allow(clippy::print_stdout, reason = "an example talks to its terminal")]

use hyperserve::prelude::*;
use std::time::Duration;

async fn answer(request: Request) -> Result<&'static str, Problem> {
    match request.uri().path() {
        "/slow" => {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok("done\n")
        }
        "/wait" => wait(request).await,
        _ => Err(Problem::new(StatusCode::NOT_FOUND).with_detail("Try /slow and /wait.")),
    }
}

/// Would wait for ten minutes; the token ends it when the server stops.
async fn wait(request: Request) -> Result<&'static str, Problem> {
    let internal = |error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error);
    let shutdown: Shutdown = request.into_parts().0.extract().await.map_err(internal)?;
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(600)) => Ok("nothing happened\n"),
        () = shutdown.triggered() => Ok("the server stops\n"),
    }
}

fn main() -> Result<(), ServerError> {
    let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let server = Server::new().listen(address).bind()?;
    println!("listening on {}", server.addresses()[0].url());
    let report = server.run(app_fn(answer))?;
    println!("stopped; {} connections were cut", report.cut);
    Ok(())
}
