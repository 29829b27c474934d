//! The smallest WebSocket: it sends back what it gets. Try `cargo run -p example-ws-echo`, and in a browser's console
//! `s = new WebSocket("ws://127.0.0.1:8080/"); s.onmessage = e => console.log(e.data)`, then `s.send("Hello")`.
//!
//! A page of another origin needs `--set ws_origins=https://its.example`.

use hyperserve::prelude::*;
use hyperserve::ws;

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket: WebSocket| -> Result<(), ws::Error> {
        while let Some(message) = socket.recv().await {
            socket.send(message?).await?;
        }
        Ok(())
    })
}

fn main() -> std::process::ExitCode {
    App::new().route("/", get(echo)).run_cli()
}
